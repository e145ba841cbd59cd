"""Makes HDF5 files of every format version, with every layout, filter and type: a part of hdf5_fixtures.py.

  hdf5_matrix.py FOLDER     writes those that are too large to be kept: large.h5, and large.json as h5py sees it
"""

import ctypes
import itertools
import json
import pathlib
import sys

import h5py
import numpy as np

import hdf5_tree

# The C library, for the few calls that h5py does not have.
LIBRARY = ctypes.CDLL(h5py.h5p.__file__)
LIBRARY.H5Pcreate.restype = ctypes.c_int64

BOUNDS = {
    "earliest": (h5py.h5f.LIBVER_EARLIEST, h5py.h5f.LIBVER_LATEST),
    "v108": (h5py.h5f.LIBVER_V18, h5py.h5f.LIBVER_V18),
    "v110": (h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110),
    "latest": (h5py.h5f.LIBVER_LATEST, h5py.h5f.LIBVER_LATEST),
}
FILTERS = {
    "plain": {},
    "deflate": {"compression": "gzip"},
    "shuffle": {"shuffle": True},
    "fletcher32": {"fletcher32": True},
    "all": {"compression": "gzip", "compression_opts": 9, "shuffle": True, "fletcher32": True},
}
# What decides which index the chunks of a 5 x 7 array have; the comment says which, from version 1.10 on.
INDEXES = {
    "single": {"chunks": (5, 7)},  # single chunk
    "fixed": {"chunks": (2, 3)},  # fixed array
    "first grows": {"chunks": (2, 3), "maxshape": (None, 9)},  # extensible array
    "last grows": {"chunks": (2, 3), "maxshape": (5, None)},  # extensible array, its order swizzled
    "both grow": {"chunks": (2, 3), "maxshape": (None, None)},  # version 2 B-tree
}


def without_times(kind):
    """Returns a creation property list of a kind, for objects that do not say when they were made."""
    creation = h5py.h5p.create(kind)
    creation.set_obj_track_times(False)
    return creation


def create(path, creation, bounds="earliest"):
    """Makes a file with creation properties that h5py.File does not offer."""
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_libver_bounds(*BOUNDS[bounds])
    return h5py.File(h5py.h5f.create(str(path).encode(), h5py.h5f.ACC_TRUNC, creation, access))


def matrix(path, bounds):
    """All of it in one file. Small B-tree nodes make the superblock of "earliest" version 1; "v108" gets an extension."""
    creation = without_times(h5py.h5p.FILE_CREATE)
    LIBRARY.H5Pset_istore_k(ctypes.c_int64(creation.id), ctypes.c_uint(2))
    LIBRARY.H5Pset_sym_k(ctypes.c_int64(creation.id), ctypes.c_uint(3), ctypes.c_uint(2))
    with create(path, creation, bounds) as file:
        types(file.create_group("types"))
        chunks(file.create_group("chunks"), bounds)
        unwritten(file.create_group("unwritten"))
        links(file)
        attributes(file)


def types(group):
    """Every type of number in either byte order, bools, bfloat16 in both ways of saying so, strings."""
    for order, kind in itertools.product("<>", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]):
        values = [0, 1, 100, np.inf, np.nan] if kind[0] == "f" else [0, 1, 100, np.iinfo(kind).min, min(np.iinfo(kind).max, (1 << 63) - 1)]
        group[f"{kind}{'le' if order == '<' else 'be'}"] = np.array(values, order + kind)
    group["bool"] = np.array([[True, False], [False, True]])
    bits = np.array([0, 0x8000, 0x3F80, 0xC049, 0x7F7F, 0x0001, 0x7F80, 0x7FC0], "u2")
    marked = group.create_dataset("bfloat16 of Keras", data=bits.view("V2"))
    marked.attrs["dtype"] = "bfloat16"
    half = h5py.h5t.IEEE_F16LE.copy()
    half.set_fields(15, 7, 8, 0, 7)
    half.set_ebias(127)
    made = h5py.h5d.create(group.id, b"bfloat16 of HDF5", half, h5py.h5s.create_simple((8,)), without_times(h5py.h5p.DATASET_CREATE))
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, bits, half)
    words = ["", "a", "ünïcödé", "영화"]
    group["vlen"] = np.array(words, h5py.string_dtype())
    group.create_dataset("chunked vlen", data=np.array(words, h5py.string_dtype()), chunks=(3,), compression="gzip")
    group["fixed"] = np.array([w.encode() for w in words])
    group["null"] = h5py.Empty("f4")
    group["null text"] = h5py.Empty("S1")
    group["scalar"] = np.float64(np.pi)


def chunks(group, bounds):
    """Every filter with every index; also compact data, and indexes and edges that h5py has no words for."""
    values = (np.arange(35, dtype="f4") / 3).reshape(5, 7)
    for (index, shape), (name, filters) in itertools.product(INDEXES.items(), FILTERS.items()):
        group.create_dataset(f"{index} {name}", data=values, **shape, **filters)
    cube = np.arange(2 * 5 * 4, dtype=">i2").reshape(2, 5, 4)
    group.create_dataset("cube", data=cube, chunks=(1, 3, 3), shuffle=True, compression="gzip")
    group.create_dataset("growing cube", data=cube, chunks=(1, 3, 3), maxshape=(4, None, 4))
    group.create_dataset("long chunk", data=values[0], chunks=(100,), maxshape=(None,), compression="gzip")
    shrunk = group.create_dataset("shrunk", data=np.arange(20), chunks=(3,), maxshape=(None,))
    shrunk.resize((7,))
    made = low_level(group, "early", (5, 7), lambda c: (c.set_chunk((2, 3)), c.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)))
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
    made = low_level(group, "compact", (5, 7), lambda c: c.set_layout(h5py.h5d.COMPACT))
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
    made = low_level(group, "edges", (5, 7), lambda c: (c.set_chunk((2, 3)), c.set_deflate(6), leave_edges(c, bounds)))
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, values)


def leave_edges(creation, bounds):
    """Has chunks at the edges not filtered, where the format can say so."""
    if bounds in ("v110", "latest"):
        LIBRARY.H5Pset_chunk_opts(ctypes.c_int64(creation.id), ctypes.c_uint(2))


def low_level(group, name, shape, configure):
    """Makes a float32 dataset with creation properties that h5py's create_dataset does not offer."""
    creation = without_times(h5py.h5p.DATASET_CREATE)
    configure(creation)
    return h5py.h5d.create(group.id, name.encode(), h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple(shape), creation)


def unwritten(group):
    """Chunks that were never written, none or some, with fill values; a filter left out where it does not help."""
    for index, shape in INDEXES.items():
        group.create_dataset(f"nothing {index}", (5, 7), "i4", fillvalue=-7, **shape)
        some = group.create_dataset(f"some {index}", (5, 7), "i4", fillvalue=-7, compression="gzip", **shape)
        some[3, 4:6] = [1, 2]
    group.create_dataset("zeros", (9,), "f8", chunks=(4,))[4] = 1
    mask = group.create_dataset("skipped filters", (6,), "i2", chunks=(3,), shuffle=True, compression="gzip")
    mask.id.write_direct_chunk((0,), np.array([1, 2, 3], "<i2").tobytes(), filter_mask=3)
    mask[3:] = [4, 5, 6]


def links(file):
    """Groups of no, few and many links; the many do not fit in the object header, and their B-tree has two levels."""
    group = file.create_group("links")
    group["number"] = np.int8(1)
    group.create_group("none")
    for count in (8, 9, 40):
        sub = group.create_group(f"{count}")
        for i in range(count):
            sub[f"link {i}"] = group["number"]
    tracked = group.create_group("tracked", track_order=True)
    for i in range(12):
        tracked[f"{i * 5 % 12} 영화"] = group["number"]
    deep = group.create_group("a/b/c/d")
    deep["e"] = group["number"]


def attributes(file):
    """Few and many attributes, on groups and datasets; some too large for the blocks of a fractal heap."""
    group = file.create_group("attributes")
    few, many = group.create_group("few"), group.create_group("many")
    for i in range(30):
        many.attrs[f"attribute {i}"] = f"value {i}"
    for i in range(3):
        few.attrs[f"{i}"] = np.arange(i + 1, dtype=">i2")
    many.attrs["5000 bytes"] = np.bytes_(b"x" * 5000)
    many.attrs["flags"] = np.array([True, False])
    many.attrs["empty list"] = []
    many.attrs["영화"] = np.float32(0.5)
    many.attrs["nothing"] = h5py.Empty("i4")
    dataset = group.create_dataset("dataset", data=np.arange(3, dtype="i1"), track_order=True)
    for i in range(12):
        dataset.attrs[f"{i * 5 % 12}"] = i


def links_and_heaps(path):
    """1,200 links, in a B-tree of three levels and a fractal heap with rows of blocks."""
    with create(path, without_times(h5py.h5p.FILE_CREATE), "latest") as file:
        file["0"] = np.int8(1)
        for i in range(1, 1200):
            file[f"{i}"] = file["0"]


# Where the sparse arrays have been written. A fixed array has pages of 1024 elements. An extensible one has four in
# its index block, others in data blocks, from 244 on in data blocks of super blocks, from 131060 on in their pages.
SPARSE = {
    "fixed plain": [0, 5, 1023, 2048, 3079],
    "fixed shuffle": [1024, 1199],
    "extensible plain": [0, 3, 4, 19, 60, 243, 244, 245, 700, 5000, 132200, 137000],
    "extensible shuffle": [2, 5, 300, 5001],
}


def sparse(path):
    """Arrays of one chunk for each element, almost all of them not written: element i is i % 100 + 1, others -1."""
    with create(path, without_times(h5py.h5p.FILE_CREATE), "v110") as file:
        for name, places in SPARSE.items():
            index, filters = name.split()
            size = places[-1] + 5
            most = None if index == "extensible" else size
            data = file.create_dataset(name, (size,), "i1", chunks=(1,), fillvalue=-1, maxshape=(most,), **FILTERS[filters])
            for i in places:
                data[i] = i % 100 + 1
            data.attrs["written"] = places


def odd(path):
    """Sound things that are not read, in the structures of version 1.8 and later. The test knows them by their names."""
    with create(path, without_times(h5py.h5p.FILE_CREATE), "latest") as file:
        file["number"] = np.float32(1)
        file["soft link"] = h5py.SoftLink("/number")
        file["external link"] = h5py.ExternalLink("elsewhere.h5", "/x")
        dense = file.create_group("dense")
        for i in range(12):
            dense[f"{i}"] = file["number"]
        dense["soft link"] = h5py.SoftLink("/nowhere")
        dense["external link"] = h5py.ExternalLink("elsewhere.h5", "/y")
        file.create_dataset("lzf", (4,), "f4", chunks=(2,), compression="lzf")[...] = 1
        file.create_dataset("scaleoffset", (4,), "i4", chunks=(2,), scaleoffset=3)[...] = 1
        file.create_dataset("external storage", (4,), "f4", external=[("elsewhere.bin", 0, 16)])
        one = h5py.h5s.create_simple((1,))
        low_level(file, "virtual storage", (1,), lambda c: c.set_virtual(one, b"elsewhere.h5", b"x", one))
        file["enumeration"] = np.array([0, 2], h5py.enum_dtype({"RED": 0, "BLUE": 2}, "i1"))
        file["complex"] = np.array([1 + 2j], "c8")
        file["opaque"] = np.zeros(2, "V2")
        file.create_dataset("huge and empty", (1 << 40,), "f4", chunks=(1 << 20,), maxshape=(None,))
        some = file.create_dataset("huge and all but empty", (1 << 40,), "f4", chunks=(100,), maxshape=(None,), compression="gzip")
        some[7] = 1


def seeds(folder):
    """Small files with one structure each, for tests that damage every byte and for the fuzzer."""

    def seed(name, bounds, fill):
        with create(folder / f"seed-{name}.h5", without_times(h5py.h5p.FILE_CREATE), bounds) as file:
            fill(file)

    def chunked(shape=(3,), **arguments):
        return lambda file: file.create_dataset("x", data=np.arange(np.prod(shape), dtype="i2").reshape(shape), **arguments)

    def linked(file):
        file["x"] = np.int8(1)
        for i in range(9):
            file[f"{i}"] = file["x"]

    def attributed(file):
        for i in range(9):
            file.attrs[f"{i}"] = np.int8(i)
        file.attrs["huge"] = np.bytes_(b"x" * 4090)

    def few(file):
        file["x"] = np.array([True, False])
        file["x"].attrs["name"] = "ü"

    seed("few", "latest", few)
    seed("links", "latest", linked)
    seed("attributes", "latest", attributed)
    seed("chunktree", "earliest", chunked(chunks=(2,), **FILTERS["all"]))
    seed("single", "v110", chunked(chunks=(3,), **FILTERS["all"]))
    seed("fixedarray", "v110", chunked((2, 3), chunks=(1, 2), **FILTERS["deflate"]))
    seed("extensiblearray", "v110", chunked((2, 10), chunks=(1, 1), maxshape=(2, None)))
    seed("tree2", "v110", chunked((2, 3), chunks=(1, 2), maxshape=(None, None), **FILTERS["fletcher32"]))
    seed("implicit", "latest", lambda file: low_level(file, "x", (2, 3), lambda c: (c.set_chunk((1, 2)), c.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY))))


def large(path):
    """A fractal heap whose indirect blocks have indirect blocks below them, attributes over 64 KB, B-trees of chunks with levels."""
    with create(path, without_times(h5py.h5p.FILE_CREATE), "latest") as file:
        heap = file.create_group("heap")
        for i in range(400):
            heap.attrs[f"{i}"] = np.bytes_(f"{i} ".encode() * 500)
        heap.attrs["70000 bytes"] = np.bytes_(b"x" * 70000)
        many = file.create_group("many")
        for i in range(30000):
            many[f"a longer name of a link {i}"] = file["heap"]
        for bounds, maxshape in (("fixed", (90, 90)), ("one", (None, 90)), ("both", (None, None))):
            for name, filters in FILTERS.items():
                values = np.arange(8100, dtype="i4").reshape(90, 90)
                file.create_dataset(f"{bounds} {name}", data=values, chunks=(1, 1), maxshape=maxshape, **filters)


def write(folder):
    """Writes the fixtures. h5py reads the same from a matrix of each format."""
    trees = []
    for bounds in BOUNDS:
        matrix(folder / f"matrix-{bounds}.h5", bounds)
        trees.append(hdf5_tree.describe(folder / f"matrix-{bounds}.h5"))
        if trees[-1] != trees[0]:
            sys.exit(f"h5py reads something else from the matrix of {bounds}")
    save(trees[0], folder / "matrix.json")
    links_and_heaps(folder / "links-latest.h5")
    sparse(folder / "sparse.h5")
    odd(folder / "odd.h5")
    seeds(folder)


def save(tree, path):
    path.write_text(json.dumps(tree, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = pathlib.Path(sys.argv[1])
    large(target / "large.h5")
    save(hdf5_tree.describe(target / "large.h5"), target / "large.json")
