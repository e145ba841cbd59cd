package hdf5

import "encoding/binary"

const (
	groupNodeType  = 0  // a B-tree whose leaves are symbol table nodes
	chunkNodeType  = 1  // and one whose leaves are chunks
	treeNodeHeader = 24 // size of a node before its first key
)

// readGroupTree reads the Version 1 B-tree (III.A.1) of a group and returns the
// addresses of its symbol table nodes in the order of the names in them. The
// keys repeat names that the symbol table nodes hold, and are not used.
func readGroupTree(q *quota, root uint64, internalK uint16) ([]uint64, error) {
	t := groupTree{q: q, internalK: internalK}
	err := t.readNode(root, -1)
	return t.leaves, err
}

type groupTree struct {
	q         *quota
	internalK uint16
	leaves    []uint64
}

// readNode reads a node and everything below it. The level must be one less
// than the parent's, so the tree cannot contain itself; -1 takes any, for the
// root.
func (t *groupTree) readNode(address uint64, level int) error {
	b, got, err := readTreeHead(t.q, address, groupNodeType, level)
	if err != nil {
		return err
	}
	count := b.uint16()
	if int(count) > 2*int(t.internalK) {
		b.fail("%d children in a node of %d", count, 2*int(t.internalK))
	}
	if b.err != nil {
		return b.err
	}
	b = t.q.block(b.structure, address+treeNodeHeader, uint64(count)*16+8)
	for range count {
		b.skip(8) // key
		child := b.address()
		if b.err != nil {
			return b.err
		}
		if got == 0 {
			t.leaves = append(t.leaves, child)
		} else if err := t.readNode(child, got-1); err != nil {
			return err
		}
	}
	return b.err
}

// readTreeHead reads a node of a type up to its level, which it returns, and
// leaves the cursor at the number of children.
func readTreeHead(q *quota, address uint64, kind uint8, level int) (*block, int, error) {
	b := q.block("B-tree node", address, treeNodeHeader)
	b.signature("TREE")
	if got := b.uint8(); b.err == nil && got != kind {
		b.fail("its type is %d, want %d", got, kind)
	}
	got := int(b.uint8())
	if level >= 0 && got != level {
		b.fail("it is at level %d, its parent points to level %d", got, level)
	}
	return b, got, b.err
}

// treeChild is a child of a B-tree node and the key to its right: the heap
// offset of the last name below it.
type treeChild struct {
	address uint64
	lastKey uint64
}

// treeNode is a node to be written, with its neighbours on the same level.
type treeNode struct {
	level       int
	left, right uint64
	firstKey    uint64 // the key to the left of the first child
	children    []treeChild
}

// treeNodeSize is the size of a node with room for 2*internalK children.
func treeNodeSize(internalK int) int { return treeNodeHeader + 2*internalK*16 + 8 }

func appendTreeNode(p []byte, n treeNode, internalK int) []byte {
	size := len(p) + treeNodeSize(internalK)
	p = append(p, "TREE"...)
	p = append(p, groupNodeType, uint8(n.level))
	p = binary.LittleEndian.AppendUint16(p, uint16(len(n.children)))
	p = binary.LittleEndian.AppendUint64(p, n.left)
	p = binary.LittleEndian.AppendUint64(p, n.right)
	p = binary.LittleEndian.AppendUint64(p, n.firstKey)
	for _, c := range n.children {
		p = binary.LittleEndian.AppendUint64(p, c.address)
		p = binary.LittleEndian.AppendUint64(p, c.lastKey)
	}
	return append(p, make([]byte, size-len(p))...)
}
