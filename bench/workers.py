"""The sides of the comparison: a process each, which does a round when asked."""

import json
import os
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).parent

PEERS = {
    "keras-jax": ("Keras on JAX", "keras_peer.py", {"KERAS_BACKEND": "jax"}),
    "keras-tensorflow": ("Keras on TensorFlow", "keras_peer.py", {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}),
    "torch": ("PyTorch", "torch_peer.py", {}),
}
TITLES = {"recurve": "Recurve"} | {name: title for name, (title, _, _) in PEERS.items()}


class Failed(Exception):
    """A side that did not do its work; the message says why."""


class Worker:
    """A process at work on one row."""

    def __init__(self, name, row_file, recurve, python, log, profile=None):
        self.name, self.peak, self._log = name, None, log
        if name == "recurve":
            command, environment = [recurve, "run", row_file, *([profile] if profile else [])], {}
        else:
            _, script, environment = PEERS[name]
            command = [python, HERE / "peers" / script, row_file]
        with open(log, "w") as errors:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                             text=True, env=os.environ | environment)
        try:
            self.versions = self._answer()["versions"]
        except Failed:
            self.close()
            raise

    def round(self):
        """Has a round done; returns its answer, with its seconds."""
        try:
            self._process.stdin.write("go\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer says it
        return self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        code = self._process.wait()
        said = pathlib.Path(self._log).read_text(errors="replace").strip().splitlines()
        raise Failed(f"{TITLES[self.name]} ended with code {code}: {said[-1] if said else 'it said nothing'}")

    def close(self):
        """Ends the process and takes down the most memory it had, in bytes."""
        if self._process.poll() is not None:
            return
        self.peak = peak(self._process.pid)
        self._process.stdin.close()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def peak(pid):
    """The most resident memory a process has had, in bytes; None where the system does not tell."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    found = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else None
