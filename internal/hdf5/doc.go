// Package hdf5 owns the bytes of HDF5 files: it reads files of groups, numbers
// and strings, whichever version of the format they are in, and writes files
// that h5py and Keras open.
//
// A file is a tree. A [Group] holds named links to groups and datasets; a
// [Dataset] is an array of numbers or strings; both carry [Attribute] values.
//
// # The format
//
// What follows is the HDF5 File Format Specification (version 4.0) as far as it
// is used here; the Roman numbers are its sections. All numbers are
// little-endian, but for elements, whose type says so. An address is an offset
// from the start of the file; one with all bits set leads nowhere.
//
// The superblock leads to the object header of the root group. An object header
// is a list of messages, each with a type and a body, in one block or several.
// What messages there are makes the object a group or a dataset:
//
//	object header ── link info, link* ──────────────── group
//	              ── symbol table ──────────────────── group, as before version 1.8
//	              ── dataspace, datatype, data layout,
//	                 fill value, filter pipeline ───── dataset
//	              ── attribute*, attribute info ────── either
//
// Most structures come in an older and a newer form. The older one is what h5py
// writes unless it is told otherwise, and so the one in Keras' files; the newer
// one ends each structure in a checksum.
//
//	                        older                     newer (libver="latest")
//	superblock              version 0, 1              version 2, 3
//	object header           version 1                 version 2: OHDR, OCHK
//	links, few              symbol table: TREE        link messages
//	links, more than 8      with SNOD, names in HEAP  fractal heap and B-tree v2
//	attributes, few         attribute messages        attribute messages
//	attributes, more than 8 likewise                  fractal heap and B-tree v2
//	elements                contiguous or compact     contiguous or compact
//	elements in chunks      TREE of chunks            an index that suits the shape
//
// The fractal heap ("FRHP", blocks "FHDB" and "FHIB") holds messages that have
// no room in the object header; the version 2 B-tree ("BTHD", nodes "BTIN" and
// "BTLF") lists where. Chunks have one of five indexes: none, as there is one
// chunk or all lie in a row; a fixed array ("FAHD", "FADB") if the dataset
// cannot grow; an extensible array ("EAHD", "EAIB", "EASB", "EADB") if one
// dimension can; a version 2 B-tree if several can. Each chunk goes through
// the filters of the pipeline: deflate, shuffle and fletcher32 are read.
//
// Elements of strings without a fixed length are references to the global heap
// ("GCOL").
//
// # Reading
//
// [Open] reads the superblock and the root group. The rest is read when it is
// asked for: a group's links when the group is opened, a dataset's elements
// when one of its conversions (Float32s, Int64s, Strings, ...) is called.
// A File does not change once it is open, so several goroutines may read it.
//
// Numbers are integers of 1, 2, 4 or 8 bytes, floating-point numbers of IEEE
// 754 of 2, 4 or 8 bytes, bfloat16 numbers (those that Keras marks, too) and
// h5py's bool. Strings have a fixed or a variable length.
//
// Nothing in a file is believed before it is checked: addresses, lengths,
// counts and depths are held against the size of the file, and the bytes that
// are to come out of a chunk against those that went in, so that neither the
// memory nor the time that a damaged or hostile file costs is out of proportion
// to its size. A file that breaks the format gives a [FormatError]; one that is
// sound, but uses a part of HDF5 that is not read here, gives an
// [UnsupportedError]: soft and external links, external and virtual storage,
// other filters, compound and other types, committed types, user blocks, files
// in several parts. Both name the structure and where it starts going wrong.
//
// # Writing
//
// A [Writer] collects a tree in memory and writes it in one go, in the older
// form, which every version of the library reads. The same tree gives the same
// bytes, whatever order it was built in.
//
// # Where things are
//
// Every structure of the specification that is read or written has a file,
// which decodes it and, if we write it, encodes it:
//
//	superblock.go      II.A, C     Superblock and its extension
//	btree.go           III.A.1     Version 1 B-trees of groups (TREE)
//	chunktree.go       III.A.1     and of chunks
//	btree2.go          III.A.2     Version 2 B-trees
//	symboltable.go     III.B, C    Group Symbol Table Nodes and their entries
//	localheap.go       III.D       Local Heaps
//	globalheap.go      III.E       Global Heaps
//	fractalheap.go     III.G       Fractal Heaps
//	objectheader.go    IV.A.1      Object Headers: what the versions share
//	objectheader1.go   IV.A.1.a    Version 1, with continuations
//	objectheader2.go   IV.A.1.b    Version 2
//	dataspace.go       IV.A.2.b    Dataspace message
//	link.go            IV.A.2.c,g  Link Info and Link messages
//	datatype.go        IV.A.2.d    Datatype message
//	fillvalue.go       IV.A.2.e,f  Fill Value messages
//	layout.go          IV.A.2.i    Data Layout message
//	filters.go         IV.A.2.l    Filter Pipeline message, and the filters
//	attribute.go       IV.A.2.m,v  Attribute and Attribute Info messages
//	dense.go                       what dense links and attributes share
//	storage.go                     elements that are not in chunks
//	chunked.go                     elements in chunks
//	chunkindex.go      VII.A, B    what chunk indexes share; single, implicit
//	fixedarray.go      VII.C       Fixed Array of chunks
//	extensiblearray.go VII.D       Extensible Array of chunks
//	chunktree2.go      VII.E       Version 2 B-tree of chunks
//
// Above them stand what a program sees: file.go, group.go, dataset.go,
// array.go (elements as Go values), writer.go and writerplan.go. Below them
// stand block.go, the checked cursor that everything is decoded with,
// checksum.go and errors.go.
package hdf5
