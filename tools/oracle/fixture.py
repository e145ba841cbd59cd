"""What the fixture scripts share: starting Keras, drawing numbers, writing files.

Call start() before anything imports keras: it chooses the JAX backend (whose embedding gradients are
dense, as Recurve's are) and the precision.
"""

import argparse
import json
import os
import pathlib
import re
import sys
import tempfile
import zipfile
import zlib

import numpy as np

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def start(floatx):
    """Imports keras on JAX, computing in floatx ("float32" or "float64"), and returns the module."""
    os.environ["KERAS_BACKEND"] = "jax"
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ["JAX_ENABLE_X64"] = "1" if floatx == "float64" else "0"
    # The models are tiny and many: compiling them takes the time, running them none.
    os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
    import keras

    if keras.config.backend() != "jax":
        sys.exit("the fixtures need Keras on its JAX backend")
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(floatx)
    if floatx == "float64":
        # Off TensorFlow, Keras' type promotion turns 64 bits into 32 whatever floatx says; leave 64-bit floats alone.
        from keras.src.backend.common import dtypes

        dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    return keras


def root(description):
    """Parses the command line and returns the folder under which the fixtures go (default: the repository)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=pathlib.Path, default=REPOSITORY, help="folder to write under, in place of the repository")
    return parser.parse_args().out


def draws(name):
    """Returns the random numbers of the case called name: the same at each run, whatever other cases there are."""
    return np.random.RandomState(zlib.crc32(name.encode()))


def normal(rng, shape, scale=1.0):
    """Draws normal float32 numbers."""
    return (scale * rng.standard_normal(shape)).astype(np.float32)


def rounded(array):
    """Returns array as float32, or as int32 or int64 if it holds whole numbers."""
    array = np.asarray(array)
    if array.dtype.kind == "f":
        array = array.astype("<f4")
    if array.dtype.str not in ("<f4", "<i4", "<i8"):
        sys.exit(f"a fixture cannot hold {array.dtype}")
    return np.ascontiguousarray(array) if array.ndim else array


def numbered(prefix, arrays):
    """Names arrays prefix0, prefix1, ..."""
    return {f"{prefix}{i}": a for i, a in enumerate(arrays)}


def write_arrays(path, arrays):
    """Writes an uncompressed .npz of float32, int32 and int64 arrays in C order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{k: rounded(a) for k, a in arrays.items()})


def write_json(path, value):
    """Writes value as JSON; the entries of a list at the top or one level down stand one on a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(lines(value) + "\n", encoding="utf-8")


def lines(value):
    if isinstance(value, dict):
        inner = (f" {json.dumps(k)}: {entries(v)}" for k, v in value.items())
        return "{\n" + ",\n".join(inner) + "\n}"
    return entries(value)


def entries(value):
    if isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value):
        return "[\n" + ",\n".join("  " + json.dumps(v) for v in value) + "\n ]"
    return json.dumps(value)


def layer_from(keras, description):
    """Makes the Keras layer of {"class": name, "config": arguments}; an inner layer is described the same way."""
    config = dict(description["config"])
    if "layer" in config:
        config["layer"] = layer_from(keras, config["layer"])
    return getattr(keras.layers, description["class"])(**config)


def save_model(model, path):
    """Saves the model, then makes what differs from run to run the same: dates, and ids that are memory addresses."""
    with tempfile.TemporaryDirectory() as folder:
        saved = pathlib.Path(folder) / "model.keras"
        model.save(saved)
        ids = {}
        with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w") as new:
            for member in old.infolist():
                data = old.read(member)
                if member.filename == "metadata.json":
                    data = re.sub(rb'("date_saved": )"[^"]*"', rb'\1"2026-01-01@00:00:00"', data)
                if member.filename == "config.json":
                    data = re.sub(rb'("shared_object_id": )(\d+)', lambda m: m[1] + b"%d" % ids.setdefault(m[2], len(ids) + 1), data)
                member.date_time = (1980, 1, 1, 0, 0, 0)
                new.writestr(member, data)
