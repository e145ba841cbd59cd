"""Has h5py and Keras read HDF5 files that Recurve wrote.

  hdf5_check.py                            describes testdata/written.h5 anew, as written.json
  hdf5_check.py tree FILE WANTED           compares what h5py sees in FILE with a description (JSON), then adds to it
  hdf5_check.py weights FILE REFERENCE     has Keras load both into the model of hdf5_fixtures.py, and compares
  hdf5_check.py model FILE REFERENCE       has Keras load both as whole models in the old format, and compares
"""

import json
import sys

import fixture


def main(arguments):
    match arguments:
        case []:
            describe_written()
        case ["tree", file, wanted]:
            check_tree(file, wanted)
        case ["weights", file, reference]:
            check_weights(file, reference)
        case ["model", file, reference]:
            check_model(file, reference)
        case _:
            sys.exit(__doc__)


def describe_written():
    import hdf5_tree

    folder = fixture.REPOSITORY / "internal" / "hdf5" / "testdata"
    tree = hdf5_tree.describe(folder / "written.h5")
    (folder / "written.json").write_text(json.dumps(tree, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def check_tree(file, wanted):
    import hdf5_tree

    sys.setrecursionlimit(5000)
    with open(wanted, encoding="utf-8") as stream:
        want = {path: canonical(entry) for path, entry in json.load(stream).items()}
    compare(want, hdf5_tree.describe(file))
    add_to(file)
    got = hdf5_tree.describe(file)
    if len(got) != len(want) + 41 or got["/"]["attributes"]["added"]["values"] != ["x" * 100]:
        sys.exit("what was added to the file is not there")


def add_to(file):
    """Adds links and an attribute with h5py: its library must be able to work on our structures."""
    import h5py

    with h5py.File(file, "r+") as opened:
        for i in range(40):
            opened[f"added/{i}"] = i
        opened.attrs["added"] = "x" * 100


def canonical(entry):
    """Brings an entry of Recurve's description into the form of hdf5_tree's."""
    new = {"attributes": {name: canonical_array(a) for name, a in (entry.get("attributes") or {}).items()}}
    if "type" in entry:
        return canonical_array(entry) | new
    return {"links": entry.get("links") or []} | new


def canonical_array(entry):
    values = entry["values"] or []
    if entry["type"].startswith("float"):
        values = [float.fromhex(v).hex() for v in values]
    return {"type": entry["type"], "shape": entry["shape"] or [], "values": values}


def compare(want, got):
    for path in want.keys() | got.keys():
        if want.get(path) != got.get(path):
            sys.exit(f"{path}: written {str(want.get(path)):.2000}\nread {str(got.get(path)):.2000}")


def check_weights(file, reference):
    keras = fixture.start("float32")
    import numpy as np

    def load(path):
        model = keras.Sequential(
            [
                keras.layers.Input((6,), dtype="int32"),
                keras.layers.Embedding(10, 3),
                keras.layers.LSTM(4),
                keras.layers.Dense(1, activation="sigmoid"),
            ]
        )
        model.compile("adam", "binary_crossentropy")
        model.optimizer.build(model.trainable_variables)
        model.load_weights(path)
        return model

    ours, theirs = load(file), load(reference)
    variables = [(m.weights + m.optimizer.variables) for m in (ours, theirs)]
    if len(variables[0]) != 6 + 2 + 2 * 6:
        sys.exit(f"{len(variables[0])} variables")
    for a, b in zip(*variables, strict=True):
        if a.shape != b.shape or not np.array_equal(np.asarray(a), np.asarray(b)):
            sys.exit(f"{a.path} differs:\n{np.asarray(a)}\n{np.asarray(b)}")
    if int(ours.optimizer.iterations) != 1:
        sys.exit(f"iteration {int(ours.optimizer.iterations)}")
    inputs = np.arange(60).reshape(10, 6) % 10
    if not np.array_equal(ours.predict(inputs, verbose=0), theirs.predict(inputs, verbose=0)):
        sys.exit("the predictions differ")


def check_model(file, reference):
    keras = fixture.start("float32")
    import numpy as np

    ours, theirs = (keras.models.load_model(path) for path in (file, reference))
    if ours.get_config() != theirs.get_config() or ours.optimizer.get_config() != theirs.optimizer.get_config():
        sys.exit(f"the configurations differ:\n{ours.get_config()}\n{theirs.get_config()}")
    if len(ours.weights) != 6:
        sys.exit(f"{len(ours.weights)} weights")
    for a, b in zip(ours.weights, theirs.weights, strict=True):
        if a.path != b.path or not np.array_equal(np.asarray(a), np.asarray(b)):
            sys.exit(f"{a.path} differs:\n{np.asarray(a)}\n{np.asarray(b)}")
    inputs = np.arange(60).reshape(10, 6) % 10
    if not np.array_equal(ours.predict(inputs, verbose=0), theirs.predict(inputs, verbose=0)):
        sys.exit("the predictions differ")


if __name__ == "__main__":
    main(sys.argv[1:])
