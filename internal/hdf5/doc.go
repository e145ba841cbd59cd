// Package hdf5 owns the bytes of HDF5 files: it reads the part of the format
// that Keras' files are made of, and writes files that h5py and Keras open.
//
// A file is a tree. A [Group] holds named links to groups and datasets; a
// [Dataset] is an array of numbers or strings; both carry [Attribute] values.
//
// # Reading
//
// [Open] reads the superblock and the root group. The rest is read when it is
// asked for: a group's links when the group is opened, a dataset's elements
// when one of its conversions (Float32s, Int64s, Strings, ...) is called.
// A File does not change once it is open, so several goroutines may read it.
//
// Nothing in a file is believed before it is checked: addresses, lengths,
// counts and depths are held against the size of the file, so that neither
// the memory nor the time that a damaged or hostile file costs is out of
// proportion to its size. A file that breaks the format gives a [FormatError];
// one that is sound, but uses a part of HDF5 that is not read here, gives an
// [UnsupportedError]. Both name the structure and where it starts going wrong.
//
// # Writing
//
// A [Writer] collects a tree in memory and writes it in one go. The same tree
// gives the same bytes, whatever order it was built in.
//
// # Where things are
//
// Every structure of the HDF5 File Format Specification that is read or
// written has a file, which decodes it and, if we write it, encodes it:
//
//	superblock.go     II.A       Superblock (version 0)
//	btree.go          III.A.1    Version 1 B-trees, node type 0
//	symboltable.go    III.B, C   Group Symbol Table Nodes and their entries
//	localheap.go      III.D      Local Heaps
//	globalheap.go     III.E      Global Heaps
//	objectheader.go   IV.A.1.a   Version 1 Object Headers, with continuations
//	dataspace.go      IV.A.2.b   Dataspace message
//	datatype.go       IV.A.2.d   Datatype message
//	fillvalue.go      IV.A.2.e,f Fill Value messages
//	layout.go         IV.A.2.i   Data Layout message
//	attribute.go      IV.A.2.m   Attribute message
//
// Above them stand what a program sees: file.go, group.go, dataset.go,
// array.go (elements as Go values), writer.go and writerplan.go. Below them
// stand block.go, the checked cursor that everything is decoded with, and
// errors.go.
package hdf5
