#!/usr/bin/env python3
"""Measures Recurve beside Keras on JAX, Keras on TensorFlow and PyTorch.

All sides do the same work on the same data, on all cores of this machine, and
take turns, so that what disturbs the machine disturbs them alike. Nothing but
Python's standard library is used here; the peers run in an environment of
their own.
"""

import argparse
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

import machine
import report
from rows import ROWS
from workers import HERE, PEERS, Failed, Worker

WARM_UP = 2  # compilation, and what is only made once


def arguments():
    p = argparse.ArgumentParser(prog="bench/run.py", description=__doc__.splitlines()[0])
    p.add_argument("--rows", default=",".join(r.name for r in ROWS), help="which rows, with commas between (%(default)s)")
    p.add_argument("--peers", default=",".join(PEERS), help="which peers, with commas between (%(default)s)")
    p.add_argument("--rounds", type=int, default=7, help="measured rounds of each side (%(default)s)")
    p.add_argument("--share", type=float, default=1, help="do only this share of a row's work, for a quick look")
    p.add_argument("--out", default=str(HERE / "results"), help="folder for peers.md and peers.json (bench/results)")
    p.add_argument("--profile", metavar="DIR", help="folder for a profile of Recurve in each row, for go tool pprof")
    p.add_argument("--python", default=os.environ.get("BENCH_PYTHON"),
                   help="a Python that has the peers (BENCH_PYTHON; by default one is made, with bench/requirements.txt)")
    a = p.parse_args()
    a.rows, a.peers = a.rows.split(","), [name for name in a.peers.split(",") if name]
    for given, known, flag in ((a.rows, [r.name for r in ROWS], "--rows"), (a.peers, list(PEERS), "--peers")):
        for name in given:
            if name not in known:
                p.error(f"{flag}: unknown name {name!r}: expected some of {', '.join(known)}")
    if a.rounds < 1 or not 0 < a.share <= 1:
        p.error("--rounds: expected 1 or more; --share: above 0, and 1 at most")
    return a


def say(text):
    print(text, file=sys.stderr, flush=True)


def start(row, sides, folder, recurve, a):
    """A worker for each side, warmed up, and why some sides have none."""
    row_file = folder / "row.json"
    row_file.write_text(json.dumps(row.json(str(folder))))
    profile = os.path.join(a.profile, row.name + ".pprof") if a.profile else None
    workers, failed = [], {}
    for side in sides:
        free = machine.free_gigabytes()
        if side != "recurve" and free is not None and free < row.gigabytes:
            failed[side] = f"{report.TITLES[side]} needs {row.gigabytes} GB of memory, and {free} GB are free"
            continue
        try:
            workers.append(Worker(side, row_file, recurve, a.python, folder / f"{side}.log", profile))
            for _ in range(WARM_UP):
                workers[-1].round()
        except Failed as err:
            failed[side] = str(err)
            if workers and workers[-1].name == side:
                workers.pop()
    return workers, failed


def measure(row, sides, folder, recurve, a):
    """A row's summary, and the versions at work."""
    workers, failed = start(row, sides, folder, recurve, a)
    versions, values = {}, {w.name: [] for w in workers}
    try:
        for w in workers:
            versions |= w.versions
        for i in range(a.rounds):
            turn = i % max(len(workers), 1)  # nobody is always first
            for w in workers[turn:] + workers[:turn]:
                values[w.name].append(row.value(w.round()["seconds"]))
    finally:
        for w in workers:
            w.close()
    return report.summary(row, values, {w.name: w.peak for w in workers}, failed), versions


def each_row(folder, recurve, a):
    out, versions = [], {}
    for row in (r.scaled(a.share) for r in ROWS if r.name in a.rows):
        # A row that needs much memory is done peer by peer beside Recurve.
        groups = [[peer] for peer in a.peers] if row.gigabytes and a.peers else [a.peers]
        parts = []
        for peers in groups:
            part, seen = measure(row, ["recurve", *peers], folder, recurve, a)
            parts.append(part)
            versions |= seen
        out.append(merge(parts))
        say(line(out[-1]))
    return out, versions


def merge(parts):
    """One summary of several that were measured one after the other: the one with the fastest peer, with the others' figures."""
    best = min(parts, key=lambda p: p["median"].get(p.get("fastest_peer"), float("inf")))
    for p in parts:
        for key in ("rounds", "median", "fastest_round", "peak_bytes", "failed"):
            best[key] = p[key] | best[key]
    return best


def line(row):
    figures = ", ".join(f"{side} {report.digits(value)}" for side, value in row["median"].items())
    ratio = f"; × {report.digits(row['ratio'])}" if "ratio" in row else ""
    return f"{row['title']}, {row['unit']}: {figures}{ratio}" + "".join(f"\n  {why}" for why in row["failed"].values())


def command(flags):
    """What to type to do the same again."""
    return "make bench-peers" + (f' BENCHFLAGS="{shlex.join(flags)}"' if flags else "")


def main():
    a = arguments()
    if a.peers and not a.python:
        a.python = machine.environment()
    if a.profile:
        os.makedirs(a.profile, exist_ok=True)
        a.profile = os.path.abspath(a.profile)
    told = machine.describe()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        recurve = str(folder / "recurve")
        subprocess.run(["go", "build", "-o", recurve, "./bench/recurve"], cwd=HERE.parent, check=True)
        shapes = {r.scaled(a.share).shape for r in ROWS if r.name in a.rows}
        made = subprocess.run([recurve, "data", name, *sorted(shapes)], cwd=HERE.parent, check=True, capture_output=True, text=True)
        rows, versions = each_row(folder, recurve, a)
    done = {
        "machine": told, "versions": versions, "data": json.loads(made.stdout)["data"], "rows": rows, "count": a.rounds,
        "share": a.share, "warm_up": WARM_UP, "load_after": machine.load(), "command": command(sys.argv[1:]),
    }
    report.write(done, a.out)
    say(f"written to {a.out}")
    if any("recurve" in row["failed"] for row in rows):
        sys.exit("Recurve failed: " + "; ".join(row["failed"]["recurve"] for row in rows if "recurve" in row["failed"]))


if __name__ == "__main__":
    main()
