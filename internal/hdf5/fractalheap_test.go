package hdf5

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// TestHeapTable holds the cells that offsets are in against a table that is
// counted through, as the specification draws it: two rows of the smallest
// blocks, then rows whose blocks are twice as large as those of the row before.
func TestHeapTable(t *testing.T) {
	h := &fractalHeap{width: 4, startSize: 512}
	offset := uint64(0)
	for row := range 12 {
		size := uint64(512)
		for range row - 1 {
			size *= 2
		}
		for column := range h.width {
			for _, at := range []uint64{offset, offset + size - 1} {
				gotRow, gotColumn, gotSize := h.cell(at)
				if gotRow != row || gotColumn != column || gotSize != size {
					t.Errorf("offset %d: got row %d, column %d, size %d; want %d, %d, %d", at, gotRow, gotColumn, gotSize, row, column, size)
				}
			}
			offset += size
		}
	}
}

// TestHeapLevels reads an object of a heap whose indirect block has another one
// below it. In the table's two columns, rows 0 and 1 have direct blocks of 32
// bytes; row 2 has indirect blocks of 64 bytes, which are rows of two direct
// blocks. The object lies in the second of the first of them: from offset 160
// on, behind the 15 bytes of the block's head.
func TestHeapLevels(t *testing.T) {
	const header, root, child, direct, end = 0, 200, 300, 400, 500
	file := make([]byte, end)
	put := func(at int, parts ...any) int {
		p := file[at:at]
		for _, part := range parts {
			switch part := part.(type) {
			case string:
				p = append(p, part...)
			case int: // an address or a length
				p = binary.LittleEndian.AppendUint64(p, uint64(part))
			case []byte:
				p = append(p, part...)
			}
		}
		return at + len(p)
	}
	checked := func(at, to int) {
		binary.LittleEndian.PutUint32(file[to:], lookup3(file[at:to]))
	}
	none := strings.Repeat("\xff", 8)
	checked(header, put(header, "FRHP\x00", "\x07\x00", "\x00\x00", "\x00", "\x20\x00\x00\x00", 0, none, 0, none,
		0, 0, 0, 0, 0, 0, 0, 0, "\x02\x00", 32, 32, "\x10\x00", "\x00\x00", root, "\x03\x00"))
	checked(root, put(root, "FHIB\x00", header, "\x00\x00", strings.Repeat(none, 4), child, none))
	checked(child, put(child, "FHIB\x00", header, "\x80\x00", none, direct))
	put(direct, "FHDB\x00", header, "\xa0\x00", "the object")

	f := &File{r: bytes.NewReader(file), end: end}
	h, err := readFractalHeap(f.quota(), header)
	if err != nil {
		t.Fatal(err)
	}
	id := func(offset, length byte) *block { return body(string([]byte{0, offset, 0, length, 0, 0, 0})) }
	got, err := h.object(id(160+15, 10), "object")
	if err != nil || string(got.data) != "the object" || got.offset != direct+15 {
		t.Errorf("got %q at %d, %v", got.data, got.offset, err)
	}
	for offset, want := range map[byte]string{
		0:        "it points to the undefined address",   // no such block
		160 + 14: "10 bytes at 174 are not in the block", // in the block's head
		160 + 31: "10 bytes at 191 are not in the block", // over its end
		192:      "it points to the undefined address",   // behind it
		255:      "it points to the undefined address",   // at the end of the table
	} {
		if _, err := h.object(id(offset, 10), "object"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("offset %d: got %v, want %s", offset, err, want)
		}
	}
	behind := body("\x00\x00\x01\x0a\x00\x00\x00") // offset 256
	if _, err := h.object(behind, "object"); err == nil || !strings.Contains(err.Error(), "offset 256 lies behind the heap's 3 rows") {
		t.Errorf("got %v", err)
	}
}

// TestHeapOverlap has ever more IDs stand for the same bytes.
func TestHeapOverlap(t *testing.T) {
	h := &fractalHeap{q: (&File{end: 100}).quota(), idSize: 7}
	for i := range 26 {
		_, err := h.object(body("\x23tiny\x00\x00"), "object")
		if late := i == 25; late != (err != nil) || late && !strings.Contains(err.Error(), "longer together than the file") {
			t.Errorf("object %d: got %v", i, err)
		}
	}
}

// TestHeapTiny reads objects that lie in their IDs, of both forms.
func TestHeapTiny(t *testing.T) {
	f := &File{end: 1 << 20}
	for name, test := range map[string]struct {
		size int
		id   string
	}{
		"short": {7, "\x23tiny\x00\x00"},
		"long":  {20, "\x20\x03tiny" + strings.Repeat("\x00", 14)},
	} {
		h := &fractalHeap{q: f.quota(), idSize: test.size}
		if got, err := h.object(body(test.id), "object"); err != nil || string(got.data) != "tiny" {
			t.Errorf("%s: got %q, %v", name, got.data, err)
		}
	}
}
