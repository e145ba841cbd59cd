package hdf5

import (
	"bufio"
	"encoding/binary"
	"io"
	"maps"
	"slices"
)

// The K values that h5py's files have: 8 entries in a symbol table node, 32
// children of a B-tree node.
const (
	writtenLeafK     = 4
	writtenInternalK = 16
)

// plan is a file laid out as a row of sections behind the superblock. What is
// pointed to comes before what points to it, so that every address is known
// when it is written down.
type plan struct {
	superblock superblock
	sections   []section
	end        uint64
}

// section is a run of the file, padded to a multiple of 8 bytes.
type section struct {
	size int
	data any // []byte, []float32 or []int64
}

func newPlan(root *GroupWriter) *plan {
	p := &plan{end: superblockSize}
	entry := root.place(p)
	p.superblock = superblock{leafK: writtenLeafK, internalK: writtenInternalK, end: p.end, root: entry}
	return p
}

// add appends a section and returns its address.
func (p *plan) add(size int, data any) uint64 {
	address := p.end
	p.sections = append(p.sections, section{size, data})
	p.end += uint64(pad8(size))
	return address
}

func (p *plan) addBytes(data []byte) uint64 { return p.add(len(data), data) }

func (p *plan) writeTo(w *bufio.Writer) error {
	if _, err := w.Write(appendSuperblock(nil, p.superblock)); err != nil {
		return err
	}
	for _, s := range p.sections {
		if err := s.writeTo(w); err != nil {
			return err
		}
	}
	return nil
}

func (s section) writeTo(w *bufio.Writer) error {
	var err error
	switch data := s.data.(type) {
	case []byte:
		_, err = w.Write(data)
	case []float32:
		err = writeNumbers(w, data)
	case []int64:
		err = writeNumbers(w, data)
	}
	if err != nil {
		return err
	}
	_, err = w.Write(make([]byte, pad8(s.size)-s.size))
	return err
}

// writeNumbers encodes a few values at a time: a dataset may be large.
func writeNumbers[T float32 | int64](w io.Writer, values []T) error {
	var buffer []byte
	for few := range slices.Chunk(values, 4096) {
		var err error
		if buffer, err = binary.Append(buffer[:0], binary.LittleEndian, few); err != nil {
			return err
		}
		if _, err = w.Write(buffer); err != nil {
			return err
		}
	}
	return nil
}

// place lays out the elements and the object header of a dataset.
func (d *newDataset) place(p *plan) symbolTableEntry {
	size, address := d.elements*d.size, undefined
	if size > 0 {
		address = p.add(size, d.data)
	}
	var m messageWriter
	m.add(messageDataspace, 0, appendDataspace(nil, d.shape))
	m.add(messageDatatype, flagConstant, []byte(d.datatype))
	m.add(messageFillValue, flagConstant, []byte(fillZeros))
	m.add(messageLayout, 0, appendLayout(nil, address, uint64(size)))
	return symbolTableEntry{header: p.addBytes(m.header())}
}

// place lays out everything below a group, then its links and object header.
func (g *GroupWriter) place(p *plan) symbolTableEntry {
	names := slices.Sorted(maps.Keys(g.links))
	heap, offsets := heapNames(names)
	entries := make([]symbolTableEntry, len(names))
	for i, name := range names {
		entries[i] = g.links[name].place(p)
		entries[i].nameOffset = offsets[i]
	}
	var table symbolTable
	table.heap = p.addBytes(appendLocalHeap(nil, len(heap), p.addBytes(heap)))
	table.tree = p.addTree(entries)
	var m messageWriter
	m.add(messageSymbolTable, 0, appendSymbolTableMessage(nil, table))
	for _, name := range slices.Sorted(maps.Keys(g.attributes)) {
		m.add(messageAttribute, 0, g.attributes[name].encode(p))
	}
	return symbolTableEntry{header: p.addBytes(m.header()), cacheType: cacheGroup, scratch: table}
}

// addTree lays out a group's symbol table nodes and the B-tree above them, and
// returns the address of its root.
func (p *plan) addTree(entries []symbolTableEntry) uint64 {
	var children []treeChild
	for few := range slices.Chunk(entries, 2*writtenLeafK) {
		address := p.addBytes(appendSymbolTableNode(nil, few, writtenLeafK))
		children = append(children, treeChild{address, few[len(few)-1].nameOffset})
	}
	for level := 0; ; level++ {
		children = p.addTreeLevel(level, children)
		if len(children) == 1 {
			return children[0].address
		}
	}
}

// addTreeLevel lays out one level of a B-tree: at least one node, which has no
// children in an empty group. It returns the nodes as children of the next
// level.
func (p *plan) addTreeLevel(level int, children []treeChild) []treeChild {
	groups := slices.Collect(slices.Chunk(children, 2*writtenInternalK))
	if len(groups) == 0 {
		groups = [][]treeChild{nil}
	}
	size := uint64(treeNodeSize(writtenInternalK))
	var nodes []treeChild
	firstKey := uint64(0)
	for i, group := range groups {
		n := treeNode{level: level, left: undefined, right: undefined, firstKey: firstKey, children: group}
		if i > 0 {
			n.left = p.end - size
		}
		if i < len(groups)-1 {
			n.right = p.end + size
		}
		if len(group) > 0 {
			firstKey = group[len(group)-1].lastKey
		}
		nodes = append(nodes, treeChild{p.addBytes(appendTreeNode(nil, n, writtenInternalK)), firstKey})
	}
	return nodes
}
