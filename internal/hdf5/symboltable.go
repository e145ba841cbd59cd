package hdf5

import "encoding/binary"

// Cache types of a symbol table entry: what its scratch-pad space holds.
const (
	cacheNothing  = 0
	cacheGroup    = 1 // the addresses of a group's B-tree and heap
	cacheSoftLink = 2 // the heap offset of a soft link's target; no object header
)

const (
	symbolTableEntrySize = 40
	// symbolTableNodeHeader is the size of a node before its entries.
	symbolTableNodeHeader = 8
)

// symbolTable is the Symbol Table message (IV.A.2.r) of a group: where its
// links are kept.
type symbolTable struct {
	tree, heap uint64 // addresses
}

// symbolTableEntry is a Symbol Table Entry (III.C): one link of a group.
type symbolTableEntry struct {
	nameOffset uint64 // in the group's local heap
	header     uint64 // address of the object header; undefined for a soft link
	cacheType  uint32
	scratch    symbolTable // for cacheGroup
	offset     int64       // of the entry in the file
}

// symbolTableEntry decodes the entry at the cursor.
func (b *block) symbolTableEntry() symbolTableEntry {
	e := symbolTableEntry{offset: b.at()}
	e.nameOffset = b.uint64()
	e.header = b.optionalAddress()
	e.cacheType = b.uint32()
	if e.cacheType > cacheSoftLink {
		b.fail("symbol table entry with cache type %d", e.cacheType)
	}
	if e.header == undefined && e.cacheType != cacheSoftLink {
		b.fail("symbol table entry without an object header")
	}
	b.skip(4 + 16) // reserved; the scratch pad repeats what the object header says
	return e
}

func appendSymbolTableEntry(p []byte, e symbolTableEntry) []byte {
	p = binary.LittleEndian.AppendUint64(p, e.nameOffset)
	p = binary.LittleEndian.AppendUint64(p, e.header)
	p = binary.LittleEndian.AppendUint32(p, e.cacheType)
	p = binary.LittleEndian.AppendUint32(p, 0)
	p = binary.LittleEndian.AppendUint64(p, e.scratch.tree)
	return binary.LittleEndian.AppendUint64(p, e.scratch.heap)
}

// readSymbolTable reads a group's links, which are kept in the order of their
// names' bytes.
func readSymbolTable(q *quota, message *block) ([]link, error) {
	treeAddress, heapAddress := message.address(), message.address()
	if message.err != nil {
		return nil, message.err
	}
	heap, err := readLocalHeap(q, heapAddress)
	if err != nil {
		return nil, err
	}
	nodes, err := readGroupTree(q, treeAddress, q.f.superblock.internalK)
	if err != nil {
		return nil, err
	}
	var links []link
	for _, address := range nodes {
		if links, err = readSymbolTableNode(q, address, q.f.superblock.leafK, heap, links); err != nil {
			return nil, err
		}
	}
	return links, nil
}

// readSymbolTableNode appends the links in the Group Symbol Table Node (III.B)
// at an address to those of the nodes before it.
func readSymbolTableNode(q *quota, address uint64, leafK uint16, heap *localHeap, links []link) ([]link, error) {
	const structure = "symbol table node"
	b := q.block(structure, address, symbolTableNodeHeader)
	b.signature("SNOD")
	b.version(1, 1)
	b.skip(1)
	count := b.uint16()
	if int(count) > 2*int(leafK) {
		b.fail("%d entries in a node of %d", count, 2*int(leafK))
	}
	if b.err != nil {
		return nil, b.err
	}
	b = q.block(structure, address+symbolTableNodeHeader, uint64(count)*symbolTableEntrySize)
	for range count {
		e := b.symbolTableEntry()
		if b.err != nil {
			return nil, b.err
		}
		name, err := heap.name(e.nameOffset)
		if err != nil {
			return nil, err
		}
		if len(links) > 0 && name <= links[len(links)-1].name {
			b.fail("the name %.80q comes after %.80q: names must ascend", name, links[len(links)-1].name)
			return nil, b.err
		}
		l := link{name: name, header: e.header, structure: "symbol table entry", offset: e.offset}
		if e.cacheType == cacheSoftLink {
			l.elsewhere = "soft link"
		}
		links = append(links, l)
	}
	return links, b.err
}

// appendSymbolTableNode encodes a node with room for 2*leafK entries.
func appendSymbolTableNode(p []byte, entries []symbolTableEntry, leafK int) []byte {
	p = append(p, "SNOD\x01\x00"...)
	p = binary.LittleEndian.AppendUint16(p, uint16(len(entries)))
	for _, e := range entries {
		p = appendSymbolTableEntry(p, e)
	}
	return append(p, make([]byte, (2*leafK-len(entries))*symbolTableEntrySize)...)
}

// appendSymbolTableMessage encodes the body of a Symbol Table message.
func appendSymbolTableMessage(p []byte, t symbolTable) []byte {
	p = binary.LittleEndian.AppendUint64(p, t.tree)
	return binary.LittleEndian.AppendUint64(p, t.heap)
}
