"""What is measured on, and the Python environment that the peers run in."""

import datetime
import hashlib
import os
import pathlib
import platform
import re
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).parent


def describe():
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": cores(),
        "memory_gb": _memory("MemTotal"),
        "load": load(),
        "python": platform.python_version(),
        "commit": commit(),
    }


def cores():
    """The processors that this process may use, and so do those that it starts."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count()


def load():
    """How many processes wanted a core in the last minute; ours are among them."""
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None


def processor():
    try:
        cpu = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)", cpu, re.MULTILINE)
    name = found[1] if found else platform.machine()
    flags = re.search(r"^flags\s*:\s*(.+)", cpu, re.MULTILINE)
    has = flags[1].split() if flags else []
    widest = next((text for flag, text in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in has), "")
    return f"{name}, {widest}" if widest else name


def _memory(field):
    """A field of /proc/meminfo in GB; None where there is no such file."""
    try:
        found = re.search(rf"^{field}:\s*(\d+) kB", pathlib.Path("/proc/meminfo").read_text(), re.MULTILINE)
    except OSError:
        return None
    return round(int(found[1]) * 1024 / 1e9, 1) if found else None


def free_gigabytes():
    return _memory("MemAvailable")


def commit():
    try:
        done = subprocess.run(["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=HERE, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() or None


def environment():
    """The Python of an environment with requirements.txt, made where there is none yet."""
    wanted = (HERE / "requirements.txt").read_bytes()
    key = hashlib.sha256(wanted + platform.python_version().encode()).hexdigest()[:16]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "recurve-bench" / key
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    complete = folder / "complete"
    if not complete.exists():
        print(f"making a Python environment in {folder}; this downloads some gigabytes once", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
        complete.touch()
    return str(python)
