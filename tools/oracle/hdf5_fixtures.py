"""Makes internal/hdf5/testdata: HDF5 files by h5py and Keras, each with what h5py reads from it as JSON."""

import ctypes
import json

import fixture

keras = fixture.start("float32")

import h5py  # noqa: E402
import numpy as np  # noqa: E402

import hdf5_matrix  # noqa: E402
import hdf5_tree  # noqa: E402
from hdf5_matrix import LIBRARY, create, without_times  # noqa: E402

INTEGERS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]


def groups(file):
    """Nested and empty groups, datasets of every rank, more links than one symbol table node holds."""
    file.create_group("empty")
    deep = file.create_group("/".join(f"level{i}" for i in range(12)))
    deep["cube"] = np.arange(24, dtype="f4").reshape(2, 3, 4)
    many = file.create_group("many")
    for i in range(14):  # Keras' order of names: 0, 1, 10, 11, 12, 13, 2, ...
        many[str(i)] = np.float32(i)
    many.attrs["name"] = "vars of a layer"


def links(file):
    """So many links that the B-tree has a second level; ten datasets are linked thirty times each."""
    group = file.create_group("links")
    for i in range(300):
        if i < 10:
            group[f"{i:03d}"] = np.int64(i)
        else:
            group[f"{i:03d}"] = group[f"{i % 10:03d}"]


def numbers(file):
    """Every type of number in either byte order, at its extremes; shapes with and without elements."""
    for order in "<>":
        for kind in INTEGERS:
            lowest, highest = np.iinfo(kind).min, min(np.iinfo(kind).max, (1 << 63) - 1)
            file[f"{kind}{'le' if order == '<' else 'be'}"] = np.array([lowest, -1 if lowest else 1, 0, 100, highest], order + kind)
        for kind in ("f2", "f4", "f8"):
            info = np.finfo(kind)
            values = [0, -0.0, 1, -1.5, np.pi, info.max, info.min, info.tiny, info.smallest_subnormal, -3 * info.smallest_subnormal, np.inf, -np.inf, np.nan]
            file[f"{kind}{'le' if order == '<' else 'be'}"] = np.array(values, order + kind)
    file["halves"] = np.arange(0, 1 << 16, 37, dtype="u2").view("f2")
    file["scalar"] = np.float32(0.001)
    file["row"] = np.arange(6, dtype="f8").reshape(1, 6)
    file["no rows"] = np.zeros((0, 3), "f4")
    file["null"] = h5py.Empty("f4")
    file.create_dataset("never written", (2, 2), "f4")
    file.create_dataset("filled", (3,), ">i2", fillvalue=-7)
    compact = without_times(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    made = h5py.h5d.create(file.id, b"compact", h5py.h5t.NATIVE_INT32, h5py.h5s.create_simple((5,)), compact)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(5, dtype="i4") - 2)


def strings(file):
    """Strings of fixed and variable length in both character sets and all three paddings."""
    words = ["", "a", "best film", "ünïcödé", "영화", "x" * 300]
    file["vlen"] = np.array(words, h5py.string_dtype())
    file["vlen ascii"] = np.array(["plain", "", "text"], h5py.string_dtype("ascii"))
    file["vlen scalar"] = "one text"
    file.create_dataset("vlen never written", (2,), h5py.string_dtype())
    file["fixed"] = np.array([w.encode() for w in words[:5]])
    file["fixed scalar"] = np.bytes_("scalar")
    for name, padding in (("terminated", h5py.h5t.STR_NULLTERM), ("nulls", h5py.h5t.STR_NULLPAD), ("spaces", h5py.h5t.STR_SPACEPAD)):
        kind = h5py.h5t.C_S1.copy()
        kind.set_size(6)
        kind.set_strpad(padding)
        made = h5py.h5d.create(file.id, name.encode(), kind, h5py.h5s.create_simple((3,)), without_times(h5py.h5p.DATASET_CREATE))
        made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"ab", b"", b"fiver"], "S6"))
    file.attrs["vlen"] = words
    file.attrs["fixed"] = np.array([b"embedding", b"lstm", b"dense"])
    file.attrs["long"] = "long " * 4000
    file.attrs["utf8 fixed"] = np.array("né".encode(), h5py.string_dtype("utf-8", 5))


def attributes(file):
    """Attributes of all kinds; so many that the object header has several continuations."""
    group = file.create_group("group")
    for i in range(40):
        group.attrs[f"attribute {i}"] = f"value {i}" * (i + 1)
    group.attrs["empty list"] = []
    group.attrs["integer"] = 42
    group.attrs["big-endian"] = np.array([1, -2, 3], ">i4")
    group.attrs["matrix"] = np.eye(2, dtype="f4")
    group.attrs["half"] = np.float16(0.5)
    dataset = file.create_dataset("dataset", data=np.arange(4, dtype="f4"))
    for i in range(20):
        dataset.attrs[f"{i}"] = np.arange(i, dtype="i2")


def refused(file):
    """Sound things that are not read. The test knows them by their names."""
    file["number"] = np.float32(1)
    file["beyond int64"] = np.array([1, (1 << 64) - 1], "u8")
    file["soft link"] = h5py.SoftLink("/number")
    file["compound"] = np.zeros(2, [("a", "i4"), ("b", "f8")])
    file["opaque"] = np.zeros(2, "V2")
    file["sequences"] = np.array([np.arange(2), np.arange(3)], object).astype(h5py.vlen_dtype("i4"))
    file["reference"] = np.array([file["number"].ref], h5py.ref_dtype)
    committed = h5py.h5t.NATIVE_FLOAT.copy()
    creation = LIBRARY.H5Pcreate(ctypes.c_int64.in_dll(LIBRARY, "H5P_CLS_DATATYPE_CREATE_ID_g"))
    LIBRARY.H5Pset_obj_track_times(ctypes.c_int64(creation), ctypes.c_bool(False))
    LIBRARY.H5Tcommit2(ctypes.c_int64(file.id.id), b"committed type", ctypes.c_int64(committed.id), *map(ctypes.c_int64, (0, creation, 0)))
    file.create_dataset("of committed type", (2,), file["committed type"])
    file.create_dataset("external storage", (4,), "f4", external=[("elsewhere.bin", 0, 16)])
    virtual = without_times(h5py.h5p.DATASET_CREATE)
    one = h5py.h5s.create_simple((1,))
    virtual.set_virtual(one, b"elsewhere.h5", b"x", one)
    h5py.h5d.create(file.id, b"virtual storage", h5py.h5t.IEEE_F32LE, one, virtual)
    file.create_group("external link")["away"] = h5py.ExternalLink("elsewhere.h5", "/x")
    file.create_dataset("huge and empty", (1 << 40,), "f4")
    ring = file.create_group("ring/inner")
    ring["outer"] = file["ring"]


def small_nodes(path):
    """A B-tree of many levels: nodes with room for two entries and four children."""
    creation = without_times(h5py.h5p.FILE_CREATE)
    LIBRARY.H5Pset_sym_k(ctypes.c_int64(creation.id), ctypes.c_uint(2), ctypes.c_uint(1))
    with create(path, creation) as file:
        for i in range(60):
            file[f"{i * 37 % 60:02d}"] = file["00"] if i else np.int8(1)


def other_formats(folder):
    """Files whose superblock says that they are laid out in a way that is not read."""
    with h5py.File(folder / "userblock.h5", "w", userblock_size=512) as file:
        file["number"] = np.float32(1)
    sizes = without_times(h5py.h5p.FILE_CREATE)
    sizes.set_sizes(4, 4)
    create(folder / "sizes4.h5", sizes).close()


def keras_files(folder):
    """Embedding + LSTM + Dense after one step of Adam: its weights, and the whole model in the old format."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.layers.Input((6,), dtype="int32"),
            keras.layers.Embedding(10, 3),
            keras.layers.LSTM(4),
            keras.layers.Dense(1, activation="sigmoid"),
        ],
        name="sequential",
    )
    model.compile("adam", "binary_crossentropy")
    inputs = np.arange(24).reshape(4, 6) % 10
    model.fit(inputs, np.array([0, 1, 1, 0]), batch_size=4, verbose=0)
    model.save_weights(folder / "keras.weights.h5")
    model.save(folder / "keras.h5")


def main():
    folder = fixture.root(__doc__) / "internal" / "hdf5" / "testdata"
    folder.mkdir(parents=True, exist_ok=True)
    for make in (groups, links, numbers, strings, attributes):
        with h5py.File(folder / f"{make.__name__}.h5", "w") as file:
            make(file)
    small_nodes(folder / "smallnodes.h5")
    keras_files(folder)
    described = ["groups", "links", "numbers", "strings", "attributes", "smallnodes", "keras", "keras.weights"]
    for name in described:
        tree = hdf5_tree.describe(folder / f"{name}.h5")
        (folder / f"{name}.json").write_text(json.dumps(tree, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with h5py.File(folder / "refused.h5", "w") as file:
        refused(file)
    other_formats(folder)
    hdf5_matrix.write(folder)


if __name__ == "__main__":
    main()
