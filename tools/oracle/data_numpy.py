"""Fixtures of internal/numpy from NumPy and scikit-learn.

Run from the repository root: python tools/oracle/data_numpy.py
"""

import hashlib
import io
import json
import pickle
import zipfile

import numpy as np
from sklearn.model_selection import train_test_split

OUT = "internal/numpy/testdata/"


def save(name, value, indent=1):
    with open(OUT + name, "w") as f:
        json.dump(value, f, indent=indent)
        f.write("\n")


def digest(rows):
    return hashlib.sha256(np.asarray(rows, dtype="<i8").tobytes()).hexdigest()


def random():
    draws, permutations, splits = [], [], []
    for seed in (0, 1, 42, 113, 5489, 4294967295):
        state = np.random.RandomState(seed)
        draws.append({"seed": seed, "draws": [int(v) for v in state._bit_generator.random_raw(1300)[-8:]]})
    for seed, n in ((0, 1), (0, 2), (7, 3), (1, 10), (42, 64), (42, 65), (113, 1000), (113, 25000), (3, 100003)):
        state = np.random.RandomState(seed)
        first, second = state.permutation(n), np.arange(n)
        state.shuffle(second)  # the same stream goes on
        permutations.append({"seed": seed, "n": n, "start": first[:10].tolist(), "end": first[-3:].tolist(),
                             "digest": digest(first), "second": digest(second)})
    for n, size, seed in ((2, 0.5, 0), (3, 0.2, 1), (5, 0.2, 42), (7, 0.34, 9), (10, 0.1, 0), (10, 0.99, 5), (11, 0.999, 5),
                          (100, 0.29, 3), (150, 0.07, 8), (1000, 0.2, 42), (25000, 0.2, 42), (25000, 0.333, 4294967295)):
        try:
            train, test = train_test_split(np.arange(n), test_size=size, random_state=seed)
        except ValueError:
            splits.append({"n": n, "size": size, "seed": seed, "error": True})
            continue
        splits.append({"n": n, "size": size, "seed": seed, "train": len(train), "test": len(test),
                       "train_start": train[:5].tolist(), "test_start": test[:5].tolist(),
                       "train_digest": digest(train), "test_digest": digest(test)})
    save("random.json", {"draws": draws, "permutations": permutations, "splits": splits})


def member(array, version=None, protocol=None):
    """A .npy file; with a protocol, one of objects pickled by it."""
    f = io.BytesIO()
    if protocol is None:
        np.lib.format.write_array(f, array, version=version)
    else:
        np.lib.format.write_array_header_1_0(f, np.lib.format.header_data_from_array_1_0(array))
        pickle.dump(array, f, protocol=protocol)
    return f.getvalue()


def npz(name, members):
    with zipfile.ZipFile(OUT + name, "w", zipfile.ZIP_DEFLATED) as z:
        for key, data in members.items():
            z.writestr(zipfile.ZipInfo(key + ".npy"), data, zipfile.ZIP_DEFLATED)


def arrays():
    rng = np.random.RandomState(5)
    members, expected = {}, {}

    def add(key, array, version=None):
        members[key] = member(array, version)
        flat = array.astype("f8").ravel(order="C")
        expected[key] = {
            "shape": list(array.shape),
            # bit patterns, since JSON has no infinity
            "float64": [int(v) for v in flat.view("<u8")],
            "float32": [int(v) for v in array.astype("<f4").ravel(order="C").view("<u4")],
        }
        if array.dtype.kind in "iub" and array.dtype.str[1:] != "u8":
            expected[key]["int64"] = [int(v) for v in array.ravel(order="C")]

    for code in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
        info = np.iinfo(code)
        values = [info.min, info.max, 0, 1, info.max // 3, info.min // 5]
        for order in "<>":
            add(f"{'be' if order == '>' else 'le'}_{code}", np.array(values, dtype=order + code).reshape(2, 3))
    halves = np.array([0.0, -0.0, 1.5, -2.25, 65504, 6e-8, 6.1e-5, np.inf, -np.inf, 0.1, 1e-7, 3.0])
    for code in ("f2", "f4", "f8"):
        for order in "<>":
            add(f"{'be' if order == '>' else 'le'}_{code}", halves.astype(order + code).reshape(3, 2, 2))
    add("bool", np.array([True, False, True]))
    add("scalar", np.array(3.5, dtype="f4"))
    add("empty", np.zeros((0, 4), dtype="f4"))
    add("one", np.arange(4, dtype="i4"))
    for code in ("i4", "i8", "f4", "f8"):
        add("c_" + code, rng.randint(-9, 9, size=(4, 5)).astype("<" + code))
        add("fortran_" + code, np.asfortranarray(rng.randint(-9, 9, size=(2, 3, 4)).astype("<" + code)))
    add("fortran_be", np.asfortranarray(rng.randint(-9, 9, size=(3, 5)).astype(">f4")))
    add("fortran_one", np.asfortranarray(np.arange(3, dtype="f4")))
    add("version2", np.arange(6, dtype="f4").reshape(2, 3), version=(2, 0))
    add("version3", np.arange(6, dtype="f4").reshape(2, 3), version=(3, 0))
    add("large_i8", np.array([2**53 + 1, -(2**63), 2**63 - 1, 16777217], dtype="i8"))
    npz("arrays.npz", members)
    save("arrays.json", expected)

    strange = {
        "complex": np.zeros(2, "c8"), "unicode": np.array(["ab"]), "bytes": np.array([b"ab"]),
        "time": np.zeros(2, "M8[s]"), "structure": np.zeros(2, [("a", "f4"), ("b", "i4")]),
        "structure_shape": np.zeros(2, [("a", "f4", (2, 2))]),
    }
    strange = {k: member(v) for k, v in strange.items()}
    strange["long_double"] = member(np.zeros(2, "f8")).replace(b"<f8", b"<f9")
    npz("strange.npz", strange)


def objects(lists):
    array = np.empty(len(lists), dtype=object)
    for i, value in enumerate(lists):
        array[i] = value
    return array


PYTHON2 = (b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85U\x01bq\x03\x87q\x04Rq\x05"
           b"(K\x01K\x03\x85q\x06cnumpy\ndtype\nq\x07U\x02O8q\x08K\x00K\x01\x87q\x09Rq\x0a(K\x03U\x01|q\x0bNNNJ\xff\xff\xff\xff"
           b"J\xff\xff\xff\xffK?tq\x0cb\x89]q\x0d(]q\x0e(K\x01M\x00\x01J\x00\x00\x01\x00e]q\x0f]q\x10K\x07aetq\x11b.")


def lists():
    shared = [5, 6, 7]
    cases = {
        "small": [[1, 2, 3], [4], [], [255, 256, 65535, 65536, 2147483647]],
        "negative": [[-1, -2147483648, 0]],
        "shared": [shared, [1], shared, []],
        "long": [list(range(1000)), list(range(1001)), list(range(2500)), [9]],
        "many": [[i, 300 + i] for i in range(1500)],
        "none": [],
        "empties": [[], []],
        "one": [[1, 2]],
    }
    members, expected = {}, {}
    for name, value in cases.items():
        for protocol in (2, 3, 4, 5):
            key = f"{name}_{protocol}"
            members[key] = member(objects(value), protocol=protocol)
        expected[name] = value
    header = member(objects([[1]] * 3), protocol=2)[:128]
    assert header[-1:] == b"\n"
    members["python_2"] = header + PYTHON2
    expected["python"] = [[1, 256, 65536], [], [7]]
    members["savez_2"] = member(objects(cases["small"]))  # what np.savez writes
    expected["savez"] = cases["small"]
    # NumPy reads each of them as expected.
    for key, data in members.items():
        got = np.load(io.BytesIO(data), allow_pickle=True, encoding="latin1")
        assert [list(v) for v in got] == expected[key.rsplit("_", 1)[0]], key
    npz("lists.npz", members)
    save("lists.json", expected, indent=None)


class System:
    def __reduce__(self):
        import os
        return os.system, ("exit 1",)


class Eval:
    def __reduce__(self):
        return eval, ("1+1",)


def refused():
    nested = [1]
    for _ in range(200):
        nested = [nested]
    itself = [1]
    itself.append(itself)
    cases = {
        "system": [System()], "system_inside": [[1, System()]], "eval": [[1], Eval()], "code": [[1, eval]],
        "strings": [["a", "b"]], "string": ["abc"], "floats": [[1.5]], "none": [None], "none_inside": [[1, None]],
        "bools": [[True]], "tuples": [(1, 2)], "tuples_inside": [[(1, 2)]], "dicts": [{1: 2}], "sets": [{1, 2}],
        "integers": [1, 2], "mixed": [[1], 2], "arrays": [np.array([1, 2])], "numpy_integers": [[np.int64(1)]],
        "nested": [nested], "nested_once": [[[1]]], "nested_empty": [[[]]], "itself": [itself], "big": [[2**31]],
        "huge": [[2**2000]], "bytes": [b"abc"], "long_text": ["x" * 1000], "complex": [[1j]],
    }
    members = {}
    for name, value in cases.items():
        for protocol in (2, 4):
            members[f"{name}_{protocol}"] = member(objects(value), protocol=protocol)
    members["two_axes"] = member(np.array([[[1], [2]], [[3], [4]]], dtype=object)[:, :, 0], protocol=2)
    members["numbers"] = member(np.arange(3))
    members["protocol0"] = member(objects([[1]]), protocol=0)
    members["other_length"] = member(objects([[1], [2], [3]]), protocol=2).replace(b"(3,)", b"(2,)", 1)
    npz("refused.npz", members)


random()
arrays()
lists()
refused()
