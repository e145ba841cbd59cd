"""A peer's conversation with run.py.

A line comes in when it is this side's turn; a JSON object goes out when a round
is done. The end of the input ends the process.
"""

import json
import os
import sys

import numpy as np

# What libraries print must not come between the answers.
_answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def row():
    """The row of the table to work on."""
    with open(sys.argv[1]) as f:
        return json.load(f)


def data(row):
    """(x, y) to train on and (x, y) to validate with: int32 ids and float32 labels."""
    x, y = np.load(row["x"]), np.load(row["y"])
    train, val = slice(row["train"]), slice(row["train"], row["train"] + row["validation"])
    return (x[train], y[train]), (x[val], y[val])


def ready(**versions):
    _say(ready=True, versions=versions)


def wait():
    """Returns when the next round is to begin."""
    if not sys.stdin.readline():
        sys.exit()


def done(seconds, logs=None):
    _say(seconds=seconds, logs=logs or {})


def _say(**fields):
    print(json.dumps(fields), file=_answers, flush=True)
