"""Makes every fixture anew in a temporary folder and compares it with the committed one.

Arrays may differ by 1e-5 of their greatest value, which is what another processor or another order of sums
may change; everything else must be equal. Usage: check_fixtures.py [SCRIPT ...] (default: all of them).
The fixtures of data_imdb.py need the folder RECURVE_DATA and are left out where that is unset.
"""

import concurrent.futures
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

import h5py
import numpy as np

import fixture

TOLERANCE = 1e-5
HERE = pathlib.Path(__file__).resolve().parent
# Slow ones first. These take the folder to write under as an argument; the others write below the working folder.
WITH_OUT = ["train", "keras_files", "fit", "layers", "optimizers", "toolbox", "callbacks", "hdf5_fixtures", "summary", "gradients", "activations", "losses", "metrics", "tasks"]
SEPARATE = ["keras2_files", "tensorboard_events"]  # need the packages of requirements-tf.txt and -tensorboard.txt: run where they are named
IN_PLACE = ["data_imdb", "data_text", "data_numpy", "data_mini"]
# Where all files of these endings come from these scripts, so that one that is not made anew is a leftover.
WHOLE = [
    "layer/testdata/layers", "keras/testdata", "testdata/train", "testdata/toolbox", "testdata/summary", "activation/testdata",
    "internal/cli/testdata/fit", "optimizer/testdata", "loss/testdata", "metric/testdata", "testdata/tasks",
]
ENDINGS = {".npz", ".keras", ".txt", ".json"}


def run(script, root):
    """Runs a script that writes under root; returns what it printed if it failed."""
    path = HERE / f"{script}.py"
    command = [sys.executable, str(path)] + ([] if script in IN_PLACE else ["--out", str(root)])
    environment = os.environ | {"KERAS_BACKEND": "jax"}
    if script == "data_imdb":
        environment["RECURVE_DATA"] = str((fixture.REPOSITORY / os.environ["RECURVE_DATA"]).resolve())
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else None


def prepare(root):
    """Makes the folders, and copies what scripts read rather than write."""
    for folder in ("internal/numpy", "internal/hdf5", "text", "dataset", "dataset/imdb", "dataset/mini"):
        (root / folder / "testdata").mkdir(parents=True)
    small = pathlib.Path("dataset/mini/testdata/small.tsv")
    shutil.copy(fixture.REPOSITORY / small, root / small)


def differences(made, committed):
    """Yields how two files differ."""
    if made.read_bytes() == committed.read_bytes():
        return
    match made.suffix:
        case ".npz":
            yield from differ(arrays(made), arrays(committed))
        case ".json":
            yield from differ(json.loads(made.read_text("utf-8")), json.loads(committed.read_text("utf-8")))
        case ".h5":
            yield from differ(datasets(made), datasets(committed))
        case ".keras":
            yield from differ(archive(made), archive(committed))
        case _:
            yield "its bytes differ"


def differ(made, committed, where="it"):
    """Yields where two values differ: dictionaries, lists, arrays, numbers, text."""
    if isinstance(made, dict) and isinstance(committed, dict):
        if made.keys() != committed.keys():
            yield f"{where} has {sorted(made)}, not {sorted(committed)}"
        for key in made.keys() & committed.keys():
            yield from differ(made[key], committed[key], key)
    elif isinstance(made, list) and isinstance(committed, list):
        if len(made) != len(committed):
            yield f"{where} has {len(made)} entries, not {len(committed)}"
        for i, (a, b) in enumerate(zip(made, committed)):
            yield from differ(a, b, f"{where}[{i}]")
    elif isinstance(made, np.ndarray) and isinstance(committed, np.ndarray) and made.dtype.kind == "f":
        if made.dtype != committed.dtype or made.shape != committed.shape:
            yield f"{where} is {made.dtype}{made.shape}, not {committed.dtype}{committed.shape}"
        elif made.size and not np.allclose(made, committed, rtol=0, atol=TOLERANCE * np.abs(committed).max(), equal_nan=True):
            yield f"{where} differs by {np.abs(made - committed).max() / np.abs(committed).max():.1e} of its greatest value"
    elif isinstance(made, np.ndarray) and isinstance(committed, np.ndarray):
        if made.dtype != committed.dtype or not np.array_equal(made, committed):
            yield f"{where} has other values"
    elif number(made) is not None and number(committed) is not None:
        if abs(number(made) - number(committed)) > TOLERANCE * abs(number(committed)):
            yield f"{where} is {made}, not {committed}"
    elif made != committed:
        yield f"{where} is {made!r}, not {committed!r}"


def number(value):
    """Returns a fraction, written as a number or as hexadecimal text, or None; whole numbers must be equal as they are."""
    if isinstance(value, float):
        return value
    if isinstance(value, str) and value.lstrip("-").startswith("0x") and "p" in value:
        return float.fromhex(value)
    return None


def arrays(file):
    with np.load(file) as data:
        return {name: data[name] for name in data}


def datasets(file):
    """Returns the arrays of an HDF5 file, by path; a group is an empty dictionary."""
    found = {}
    with h5py.File(file, "r") as opened:
        opened.visititems(lambda path, item: found.update({path: item[()] if isinstance(item, h5py.Dataset) else {}}))
    return found


def archive(file):
    """Returns what is in a .keras file."""
    with zipfile.ZipFile(file) as opened:
        return {
            name: datasets(io.BytesIO(opened.read(name))) if name.endswith(".h5") else json.loads(opened.read(name))
            for name in opened.namelist()
        }


def compare(root, failed_scripts):
    """Compares all files under root with the repository's; returns the counts of those that agree and that do not."""
    passed, failed = 0, 0
    made = {path.relative_to(root) for path in root.rglob("*") if path.is_file()}
    for path in sorted(made):
        committed = fixture.REPOSITORY / path
        try:
            wrong = list(differences(root / path, committed)) if committed.exists() else ["it is not in the repository"]
        except Exception as problem:
            wrong = [f"{type(problem).__name__}: {problem}"]
        passed, failed = (passed, failed + 1) if wrong else (passed + 1, failed)
        for fault in wrong[:3]:
            print(f"FAIL {path}: {fault}")
    for folder in WHOLE:
        for path in sorted((fixture.REPOSITORY / folder).glob("*")):
            relative = path.relative_to(fixture.REPOSITORY)
            made_here = any(p.parent == relative.parent for p in made)
            if path.suffix in ENDINGS and made_here and relative not in made and not failed_scripts:
                failed += 1
                print(f"FAIL {relative}: no script makes it")
    return passed, failed


def main(scripts):
    every = WITH_OUT + IN_PLACE
    unknown = set(scripts) - set(every) - set(SEPARATE)
    if unknown:
        sys.exit(f"no script {', '.join(sorted(unknown))}: want some of {', '.join(every)}")
    if not scripts and not os.environ.get("RECURVE_DATA"):
        print("data_imdb is left out: RECURVE_DATA is not set")
        every.remove("data_imdb")
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        prepare(root)
        with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            printed = dict(zip(scripts or every, pool.map(lambda s: run(s, root), scripts or every)))
        errors = {script: text for script, text in printed.items() if text is not None}
        for script, text in errors.items():
            print(f"FAIL {script}.py:\n{text}")
        # Files of training are made by two scripts: leftovers show only when both have run.
        passed, failed = compare(root, errors or scripts)
    failed += len(errors)
    print(f"fixtures made anew: {passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main(sys.argv[1:])
