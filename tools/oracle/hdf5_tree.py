"""Describes an HDF5 file as h5py sees it: what the HDF5 fixtures and checks share.

The description is a dictionary from the path of every group and dataset to what is there. It holds numbers
as text (floats in hexadecimal), so that JSON keeps them to the last bit.
"""

import h5py
import numpy as np


def describe(path):
    """Returns {object path: {"links": names} or {"type", "shape", "values"}, each with "attributes"}."""
    with h5py.File(path, "r") as file:
        tree = {}
        describe_object(file["/"], tree, set())
        return tree


def describe_object(item, tree, seen):
    """Adds an object and all below it to the tree; one that has several links is there under the first."""
    address = h5py.h5o.get_info(item.id).addr
    if address in seen:
        return
    seen.add(address)
    entry = {"links": sorted(item, key=str.encode)} if isinstance(item, h5py.Group) else array(item.id)
    entry["attributes"] = {name: array(h5py.h5a.open(item.id, name.encode())) for name in sorted(item.attrs)}
    tree[item.name] = entry
    for name in entry.get("links", []):
        describe_object(item[name], tree, seen)


def array(identifier):
    """Describes the value of a dataset or an attribute, given by its low-level identifier."""
    dtype = identifier.get_type().dtype
    is_text = h5py.check_string_dtype(dtype) is not None
    if identifier.get_space().get_simple_extent_type() == h5py.h5s.NULL:
        return {"type": "string" if is_text else dtype.name, "shape": [0], "values": []}
    values = np.empty(identifier.shape, dtype)
    if isinstance(identifier, h5py.h5a.AttrID):
        identifier.read(values)
    elif values.size:
        identifier.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
    if dtype == np.dtype("V2") and h5py.h5a.exists(identifier, b"dtype"):  # what Keras marks as bfloat16
        return {"type": "bfloat16", "shape": list(identifier.shape), "values": [text(v) for v in bfloat16(values)]}
    kind = identifier.get_type()
    name = dtype.name
    if isinstance(kind, h5py.h5t.TypeFloatID) and kind.get_size() == 2 and kind.get_ebias() == 127:
        name = "bfloat16"
    return {
        "type": "string" if is_text else name,
        "shape": list(identifier.shape),
        "values": [text(v) for v in values.ravel()],
    }


def bfloat16(values):
    """Returns 2-byte elements as the float32 numbers that they are the upper halves of."""
    return (values.ravel().view("u2").astype("u4") << 16).view("f4")


def text(value):
    """Writes one element as text."""
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, str):
        return value
    if isinstance(value, np.floating):
        return float(value).hex()
    return str(int(value))
