package hdf5

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, w *Writer) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSharedText has 3,000 elements of an attribute share one long string.
func TestSharedText(t *testing.T) {
	values := make([]string, 3000)
	values[0] = strings.Repeat("x", 100_000)
	w := NewWriter()
	w.Root().SetAttrStrings("names", values)
	data := write(t, w)
	message := messageAt(t, data, "", messageAttribute)
	elements := message + textAttribute{"names", []int{len(values)}, values}.headSize(datatypeText)
	for i := 1; i < len(values); i++ {
		copy(data[elements+16*i:], data[elements:elements+16])
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := readAll(data)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "the strings are longer together than the file") {
		t.Errorf("got %v", err)
	}
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(10*len(data)); got > most {
		t.Errorf("%d bytes of memory were used for a file of %d", got, len(data))
	}
}

// TestOverlappingNames has the links of a group share one long name.
func TestOverlappingNames(t *testing.T) {
	w := NewWriter()
	w.Root().WriteInt64(strings.Repeat("a", 500), nil, []int64{1})
	for _, name := range []string{"b", "c", "d"} {
		w.Root().WriteInt64(name, nil, []int64{1})
	}
	data := write(t, w)
	entries := bytes.Index(data, []byte("SNOD")) + symbolTableNodeHeader
	for i := range 4 { // "aaa...", one letter longer each
		binary.LittleEndian.PutUint64(data[entries+i*symbolTableEntrySize:], uint64(8+100-i))
	}
	if err := readAll(data); err == nil || !strings.Contains(err.Error(), "the names in it overlap") {
		t.Errorf("got %v", err)
	}
}

// TestDepth nests groups deeper than a Writer allows.
func TestDepth(t *testing.T) {
	w := NewWriter()
	g := w.Root()
	for range maxDepth + 50 {
		g = g.CreateGroup("g")
		g.depth = 0
	}
	data := write(t, w)
	var unsupported *UnsupportedError
	if err := readAll(data); !errors.As(err, &unsupported) || unsupported.Feature != "groups nested deeper than 256" {
		t.Errorf("got %v", err)
	}
}

// TestOverlappingNodes has the children of a B-tree node be the same symbol
// table node, over and over.
func TestOverlappingNodes(t *testing.T) {
	w := NewWriter()
	for i := range 16 {
		w.Root().CreateGroup(string(rune('a' + i)))
	}
	data := write(t, w)
	root := int(binary.LittleEndian.Uint64(data[80:])) // the root's B-tree, from the superblock
	children := root + treeNodeHeader + 8
	binary.LittleEndian.PutUint16(data[root+6:], 32)
	for i := 1; i < 32; i++ {
		copy(data[children+16*i:], data[children:children+8])
	}
	if err := readAll(data); err == nil || !strings.Contains(err.Error(), "names must ascend") {
		t.Errorf("got %v", err)
	}
}

// TestUnwritten reads elements that were never written: as many as the file
// justifies, but no more.
func TestUnwritten(t *testing.T) {
	f := &File{end: 1000}
	fill := []byte{1, 2}
	if b := (unwrittenStorage{f, fill, 0}).read(6); b.err != nil || !slices.Equal(b.data, []byte{1, 2, 1, 2, 1, 2}) {
		t.Errorf("got %v, %v", b.data, b.err)
	}
	if b := (unwrittenStorage{f, nil, 0}).read(maxUnwritten); b.err != nil || len(b.data) != maxUnwritten {
		t.Errorf("got %d bytes, %v", len(b.data), b.err)
	}
	if b := (unwrittenStorage{f, nil, 0}).read(maxUnwritten + 1); b.err == nil {
		t.Error("got more bytes than the file justifies")
	}
}

// TestOverlappingHeaders has each link of a group lead to another object
// header, each of which claims 16 KiB: walking the file must not read the same
// bytes again and again.
func TestOverlappingHeaders(t *testing.T) {
	const links = 1000
	w := NewWriter()
	w.Root().SetAttrString("room", strings.Repeat("x", 64000))
	for i := range links {
		w.Root().CreateGroup(string(rune(0x4e00 + i)))
	}
	data := write(t, w)
	room := bytes.Index(data, []byte("xxxxxxxx")) &^ 7
	for i := range links { // a header that reads as a message of 65528 bytes, too
		copy(data[room+16*i:], "\x01\x00\xf8\xff\x01\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00\x00")
	}
	for i, at := 0, 0; i < links; {
		at += bytes.Index(data[at:], []byte("SNOD"))
		count := int(data[at+6])
		for e := range count {
			binary.LittleEndian.PutUint64(data[at+8+40*e+8:], uint64(room+16*i))
			i++
		}
		at += 8
	}
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	failed := 0
	err = f.Walk(func(_ Object, err error) error {
		if err != nil {
			failed++
		}
		return nil
	})
	runtime.ReadMemStats(&after)
	if err != nil || failed != links {
		t.Errorf("%d links failed, %v", failed, err)
	}
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(3*len(data)); got > most {
		t.Errorf("%d bytes of memory were used for a file of %d", got, len(data))
	}
}
