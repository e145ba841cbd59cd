package hdf5

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The tests in this file decode structures that h5py does not write in its
// default format. The bytes follow the File Format Specification.

func body(data string) *block {
	return &block{structure: "test", data: []byte(data), end: 1 << 20}
}

func TestDataspace(t *testing.T) {
	for _, test := range []struct {
		name, data string
		shape      []int
		elements   uint64
	}{
		{"version 1 scalar", "\x01\x00\x00\x00\x00\x00\x00\x00", []int{}, 1},
		{"version 1 without maximum", "\x01\x01\x00\x00\x00\x00\x00\x00" + "\x03\x00\x00\x00\x00\x00\x00\x00", []int{3}, 3},
		{"version 2 scalar", "\x02\x00\x00\x00", []int{}, 1},
		{"version 2 with maximum", "\x02\x02\x01\x01" + "\x03\x00\x00\x00\x00\x00\x00\x00" + "\x05\x00\x00\x00\x00\x00\x00\x00" +
			"\xff\xff\xff\xff\xff\xff\xff\xff" + "\x05\x00\x00\x00\x00\x00\x00\x00", []int{3, 5}, 15},
		{"version 2 null", "\x02\x00\x00\x02", []int{0}, 0},
		{"long dimensions and an empty one", "\x01\x04\x00\x00\x00\x00\x00\x00" + "\xff\xff\xff\x7f\x00\x00\x00\x00" + "\xff\xff\xff\x7f\x00\x00\x00\x00" +
			"\x00\x00\x00\x00\x00\x00\x00\x00" + "\xff\xff\xff\x7f\x00\x00\x00\x00", []int{1<<31 - 1, 1<<31 - 1, 0, 1<<31 - 1}, 0},
	} {
		got, err := parseDataspace(body(test.data))
		if err != nil || !slices.Equal(got.shape, test.shape) || got.elements != test.elements {
			t.Errorf("%s: got %v, %v", test.name, got, err)
		}
	}
	for name, data := range map[string]string{
		"permuted":       "\x01\x01\x02\x00\x00\x00\x00\x00" + "\x03\x00\x00\x00\x00\x00\x00\x00",
		"version 3":      "\x03\x00\x00\x00",
		"null of rank 1": "\x02\x01\x00\x02" + "\x03\x00\x00\x00\x00\x00\x00\x00",
		"type 3":         "\x02\x00\x00\x03",
		"cut short":      "\x01\x02\x00\x00\x00\x00\x00\x00" + "\x03\x00\x00\x00\x00\x00\x00\x00",
	} {
		if got, err := parseDataspace(body(data)); err == nil {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestFillValue(t *testing.T) {
	for _, test := range []struct {
		name string
		kind messageType
		data string
		want []byte
	}{
		{"old", messageOldFillValue, "\x02\x00\x00\x00\x07\x08", []byte{7, 8}},
		{"version 1", messageFillValue, "\x01\x02\x00\x01\x02\x00\x00\x00\x07\x08", []byte{7, 8}},
		{"version 2", messageFillValue, "\x02\x02\x02\x01\x02\x00\x00\x00\x07\x08", []byte{7, 8}},
		{"version 2 zeros", messageFillValue, fillZeros, nil},
		{"version 2 undefined", messageFillValue, "\x02\x02\x02\x00", nil},
		{"version 3", messageFillValue, "\x03\x2a\x02\x00\x00\x00\x07\x08", []byte{7, 8}},
		{"version 3 zeros", messageFillValue, "\x03\x0a", nil},
	} {
		got, err := fillValue(message{test.kind, body(test.data)}, 2)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, %v", test.name, got, err)
		}
	}
}

// TestAttributeVersions decodes the same attribute, an int16 of value 258, in
// the three versions of its message.
func TestAttributeVersions(t *testing.T) {
	const (
		name  = "answer\x00" // 7 bytes
		kind  = "\x10\x08\x00\x00" + "\x02\x00\x00\x00" + "\x00\x00\x10\x00"
		space = "\x01\x00\x00\x00\x00\x00\x00\x00"
		sizes = "\x07\x00\x0c\x00\x08\x00"
		value = "\x02\x01"
	)
	for version, data := range map[string]string{
		"1": "\x01\x00" + sizes + name + "\x00" + kind + "\x00\x00\x00\x00" + space + value,
		"2": "\x02\x00" + sizes + name + kind + space + value,
		"3": "\x03\x00" + sizes + "\x01" + name + kind + space + value,
	} {
		a, err := parseAttribute(&object{}, body(data))
		if err != nil {
			t.Errorf("version %s: %v", version, err)
			continue
		}
		got, err := a.Int64s()
		if err != nil || a.Name() != "answer" || !slices.Equal(got, []int64{258}) {
			t.Errorf("version %s: got %q = %v, %v", version, a.Name(), got, err)
		}
	}
	shared := "\x03\x01" + sizes + "\x01" + name + kind + space + value
	var unsupported *UnsupportedError
	if _, err := parseAttribute(&object{}, body(shared)); !errors.As(err, &unsupported) {
		t.Errorf("shared datatype: got %v", err)
	}
}

func TestLayoutVersions(t *testing.T) {
	f := &File{end: 1 << 20}
	const (
		address    = "\x00\x10\x00\x00\x00\x00\x00\x00"
		size       = "\x20\x00\x00\x00\x00\x00\x00\x00"
		reserved   = "\x00\x00\x00\x00\x00"
		dimensions = "\x08\x00\x00\x00\x04\x00\x00\x00"
	)
	chunks := &chunkedStorage{chunk: []uint64{8}, chunkSize: 32, index: chunkTree{4096}}
	for name, test := range map[string]struct {
		data string
		want storage
	}{
		"version 1 contiguous": {"\x01\x02\x01" + reserved + address + dimensions, contiguousStorage{f, 4096, 1<<20 - 4096}},
		"version 2 contiguous": {"\x02\x02\x01" + reserved + address + dimensions, contiguousStorage{f, 4096, 1<<20 - 4096}},
		"version 2 compact":    {"\x02\x02\x00" + reserved + dimensions + "\x03\x00\x00\x00abc", compactStorage{&block{data: []byte("abc")}}},
		"version 2 chunked":    {"\x02\x02\x02" + reserved + address + dimensions, chunks},
		"version 3 contiguous": {"\x03\x01" + address + size, contiguousStorage{f, 4096, 32}},
		"version 3 chunked":    {"\x03\x02\x02" + address + dimensions, chunks},
		"version 4 contiguous": {"\x04\x01" + address + size, contiguousStorage{f, 4096, 32}},
		"version 4 chunked":    {"\x04\x02\x00\x02\x01\x08\x04\x02" + address, &chunkedStorage{chunk: []uint64{8}, chunkSize: 32, index: implicitChunks{4096}}},
	} {
		d := &Dataset{object: &object{file: f}}
		d.dataspace = dataspace{shape: []int{10}, elements: 10, most: []uint64{10}}
		d.datatype = datatype{class: classInteger, size: 4}
		if err := d.parseLayout(body(test.data), nil, nil); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		switch got := d.storage.(type) {
		case *chunkedStorage:
			want := test.want.(*chunkedStorage)
			if !slices.Equal(got.chunk, want.chunk) || got.chunkSize != want.chunkSize || got.index != want.index || !slices.Equal(got.grid, []uint64{2}) {
				t.Errorf("%s: got %+v", name, got)
			}
		case compactStorage:
			if want := test.want.(compactStorage); string(got.data.data) != string(want.data.data) {
				t.Errorf("%s: got %q", name, got.data.data)
			}
		default:
			if got != test.want {
				t.Errorf("%s: got %+v, want %+v", name, got, test.want)
			}
		}
	}
}

// TestGlobalHeapCollection encodes two strings; the rest of the smallest
// collection is free space, which object 0 stands for.
func TestGlobalHeapCollection(t *testing.T) {
	got := appendGlobalHeapCollection(nil, []string{"lstm", "embedding"})
	want := "GCOL\x01\x00\x00\x00" + "\x00\x10\x00\x00\x00\x00\x00\x00" +
		"\x01\x00\x00\x00\x00\x00\x00\x00" + "\x04\x00\x00\x00\x00\x00\x00\x00" + "lstm\x00\x00\x00\x00" +
		"\x02\x00\x00\x00\x00\x00\x00\x00" + "\x09\x00\x00\x00\x00\x00\x00\x00" + "embedding\x00\x00\x00\x00\x00\x00\x00" +
		"\x00\x00\x00\x00\x00\x00\x00\x00" + "\xb8\x0f\x00\x00\x00\x00\x00\x00" // 4096 - 16 - 24 - 32 = 0xfb8
	want += string(make([]byte, 4096-len(want)))
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	for _, n := range []int{4064, 4056, 4048, 5000} { // no free space, less than a header, just a header, beyond 4096
		got := appendGlobalHeapCollection(nil, []string{string(make([]byte, n))})
		if want := max(4096, 32+pad8(n)); len(got) != want {
			t.Errorf("a string of %d bytes takes %d, want %d", n, len(got), want)
		}
	}
}

// TestTreeLevels lays 2000 symbol table nodes out under a B-tree of three
// levels, and checks the structure that the specification asks for: siblings
// are chained, and keys rise from node to node.
func TestTreeLevels(t *testing.T) {
	p := &plan{end: superblockSize}
	entries := make([]symbolTableEntry, 8*2000)
	for i := range entries {
		entries[i].nameOffset = uint64(8 * (i + 1))
	}
	root := p.addTree(entries)
	nodes := map[uint64][]byte{}
	address := uint64(superblockSize)
	for _, s := range p.sections {
		nodes[address] = s.data.([]byte)
		address += uint64(pad8(s.size))
	}
	level := []uint64{root}
	for height, want := range []int{1, 2, 63, 2000} {
		if len(level) != want {
			t.Fatalf("%d levels below the root: %d nodes, want %d", height, len(level), want)
		}
		var below []uint64
		key := uint64(0)
		for i, address := range level {
			b := &block{structure: "test", data: nodes[address], end: p.end}
			if string(b.data[:4]) != "TREE" {
				break
			}
			b.skip(5)
			if got := int(b.uint8()); got != 2-height {
				t.Errorf("level %d, want %d", got, 2-height)
			}
			count := b.uint16()
			siblings := []uint64{undefined, undefined}
			if i > 0 {
				siblings[0] = level[i-1]
			}
			if i < len(level)-1 {
				siblings[1] = level[i+1]
			}
			if diff := cmp.Diff(siblings, []uint64{b.uint64(), b.uint64()}); diff != "" {
				t.Errorf("siblings of node %d:\n%s", i, diff)
			}
			if got := b.uint64(); got != key {
				t.Errorf("first key of node %d is %d, want %d", i, got, key)
			}
			for range count {
				below = append(below, b.uint64())
				next := b.uint64()
				if next <= key {
					t.Errorf("key %d after %d", next, key)
				}
				key = next
			}
		}
		level = below
	}
}
