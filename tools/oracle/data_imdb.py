"""Fixtures of dataset/imdb from Keras' own load_data and from scikit-learn.

RECURVE_DATA names the folder that holds imdb.npz. Run from the repository root:

    KERAS_BACKEND=jax RECURVE_DATA=../shared/data python tools/oracle/data_imdb.py
"""

import hashlib
import json
import os
import struct

import numpy as np
from keras.src.datasets import imdb, npz_utils
from sklearn.model_selection import train_test_split

FOLDER = os.environ["RECURVE_DATA"]
NPZ = os.path.abspath(os.path.join(FOLDER, "imdb.npz"))
# A file pickled by Python 3 with protocol 2 writes its one piece of bytes this way.
npz_utils._ALLOWED_PICKLE_GLOBALS |= {("_codecs", "encode")}


def digest(x, y):
    """The content digest that package imdb defines."""
    h = hashlib.sha256()
    for ids, label in zip(x, y):
        h.update(struct.pack("<BI", int(label), len(ids)))
        h.update(np.asarray(ids, dtype="<i4").tobytes())
    return h.hexdigest()


def summary(x, y):
    return {
        "n": len(x),
        "digest": digest(x, y),
        "ids": int(sum(len(s) for s in x)),
        "largest": int(max(max(s) for s in x if len(s))),
        "first": [int(i) for i in x[0][:12]],
        "length": len(x[0]),
        "labels": [int(v) for v in y[:20]],
    }


COMBINATIONS = [
    {},
    {"num_words": 500},
    {"num_words": 10000, "maxlen": 200},
    {"num_words": 500, "skip_top": 20},
    {"num_words": 1000, "oov_char": None},
    {"num_words": 1000, "start_char": None},
    {"num_words": 1000, "start_char": None, "index_from": 0, "oov_char": None},
    {"num_words": 300, "index_from": 0, "start_char": 0, "oov_char": 0},
    {"num_words": 2000, "seed": 0, "start_char": 7, "oov_char": 9, "index_from": 20},
    {"maxlen": 80, "start_char": None},
    {"skip_top": 50, "oov_char": None, "seed": 4294967295},
]


TINY = "dataset/imdb/testdata/tiny.npz"
TINY_COMBINATIONS = [
    {}, {"num_words": 9}, {"num_words": 6, "skip_top": 2}, {"maxlen": 6}, {"maxlen": 6, "start_char": None},
    {"num_words": 9, "oov_char": None}, {"num_words": 9, "oov_char": None, "start_char": None, "index_from": 0},
    {"num_words": 9, "start_char": 0, "oov_char": 0, "index_from": 0}, {"seed": 0, "index_from": 10}, {"maxlen": 1}, {"skip_top": 100},
    {"skip_top": 100, "oov_char": None}, {"num_words": 1},
]


def objects(lists):
    array = np.empty(len(lists), dtype=object)
    for i, value in enumerate(lists):
        array[i] = value
    return array


def tiny():
    """A small file of the same form, loaded with each option; and files that are not of that form."""
    rng = np.random.RandomState(8)
    xs = [[rng.randint(1, 15, size=rng.randint(1, 12)).tolist() for _ in range(n)] for n in (12, 9)]
    ys = [rng.randint(0, 2, size=n) for n in (12, 9)]
    good = {"x_train": objects(xs[0]), "y_train": ys[0], "x_test": objects(xs[1]), "y_test": ys[1]}
    np.savez_compressed(TINY, **good)
    bad = "dataset/imdb/testdata/bad_"
    np.savez_compressed(bad + "label.npz", **{**good, "y_train": ys[0] + 2})
    np.savez_compressed(bad + "length.npz", **{**good, "y_test": ys[0]})
    np.savez_compressed(bad + "missing.npz", **{k: v for k, v in good.items() if k != "x_test"})
    np.savez_compressed(bad + "code.npz", **{**good, "x_test": objects([eval])})
    np.savez_compressed(bad + "numbers.npz", **{**good, "x_train": ys[0]})
    imdb.get_file = lambda *args, **kwargs: os.path.abspath(TINY)
    out = []
    for options in TINY_COMBINATIONS:
        case = {"options": options}
        try:
            (x, y), (xt, yt) = imdb.load_data(**options)
            case["x"], case["xt"] = [list(map(int, s)) for s in x], [list(map(int, s)) for s in xt]
            case["y"], case["yt"] = y.tolist(), yt.tolist()
        except ValueError as e:
            case["error"] = str(e)
        out.append(case)
    with open("dataset/imdb/testdata/tiny.json", "w") as f:
        json.dump(out, f)
        f.write("\n")


def main():
    tiny()
    # load_data insists on the bytes that Keras publishes; ours have the same content.
    imdb.get_file = lambda *args, **kwargs: NPZ
    with np.load(NPZ, allow_pickle=True) as f:
        content = {p: digest(f["x_" + p], f["y_" + p]) for p in ("train", "test")}
    loads = []
    for options in COMBINATIONS:
        (x, y), (xt, yt) = imdb.load_data(**options)
        loads.append({"options": options, "train": summary(x, y), "test": summary(xt, yt)})
    (x, y), _ = imdb.load_data(num_words=500)
    a, b, ya, yb = train_test_split(x, y, test_size=0.2, random_state=42)
    lengths = np.array([len(s) for s in a])
    counts, edges = np.histogram(lengths, bins=50)
    split = {
        "train": summary(a, ya), "test": summary(b, yb),
        "mean": float(lengths.mean()), "median": float(np.median(lengths)),
        "counts": counts.tolist(), "edges": edges.tolist(),
    }
    out = {"content": content, "loads": loads, "split": split}
    with open("dataset/imdb/testdata/keras.json", "w") as f:
        json.dump(out, f, indent=1)
        f.write("\n")
    print(json.dumps(content))


if __name__ == "__main__":
    main()
