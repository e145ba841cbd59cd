package hdf5

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestDamage2 damages the structures of HDF5 1.8 and later, and repairs their
// checksums, as somebody with a plan would.
func TestDamage2(t *testing.T) {
	le := binary.LittleEndian
	// after gives what is some bytes behind the first place of a text.
	after := func(t *testing.T, d []byte, text string, n int) []byte {
		i := bytes.Index(d, []byte(text))
		if i < 0 {
			t.Fatalf("no %q", text)
		}
		return d[i+n:]
	}
	layout := func(t *testing.T, d []byte) []byte { return d[messageAt(t, d, "x", messageLayout):] }
	space := func(t *testing.T, d []byte) []byte { return d[messageAt(t, d, "x", messageDataspace):] }
	filters := func(t *testing.T, d []byte) []byte { return d[messageAt(t, d, "x", messageFilters):] }
	const tree2, heap, fixed, extensible = "BTHD", "FRHP", "FAHD", "EAHD"
	tests := []struct {
		name, fixture string
		damage        func(t *testing.T, d []byte)
		want          string
	}{
		{"being written", "tree2", func(_ *testing.T, d []byte) { d[11] = 1 }, "unsupported superblock at offset 12: the file is marked as being written"},
		{"4-byte offsets", "tree2", func(_ *testing.T, d []byte) { d[9] = 4 }, "4-byte offsets"},
		{"base address", "tree2", func(_ *testing.T, d []byte) { d[12] = 8 }, "base address 8"},
		{"end", "tree2", func(_ *testing.T, d []byte) { d[30] = 1 }, "it was cut short"},
		{"header version", "few", func(t *testing.T, d []byte) { after(t, d, "OHDR", 4)[0] = 3 }, "unsupported object header at offset 52: version 3"},
		{"header size", "few", func(t *testing.T, d []byte) { d[48+5] |= 3; le.PutUint64(d[48+22:], math.MaxUint64) }, "the file ends at"},

		{"heap version", "links", func(t *testing.T, d []byte) { after(t, d, heap, 4)[0] = 1 }, "unsupported fractal heap header"},
		{"filtered heap", "links", func(t *testing.T, d []byte) { after(t, d, heap, 7)[0] = 1 }, "filtered heap blocks"},
		{"heap table", "links", func(t *testing.T, d []byte) { after(t, d, heap, 110)[0] = 3 }, "a table of width 3"},
		{"heap without root", "links", func(t *testing.T, d []byte) { le.PutUint64(after(t, d, heap, 132), undefined) }, "a managed object in a heap without blocks"},
		{"heap of another", "links", func(t *testing.T, d []byte) { after(t, d, "FHDB", 5)[0]++ }, "it belongs to the heap at"},
		{"object outside its block", "links", func(t *testing.T, d []byte) { le.PutUint16(after(t, d, "BTLF", 6+4+5), 0xffff) }, "are not in the block of 512 bytes at 0"},
		{"object in no block", "links", func(t *testing.T, d []byte) { after(t, d, "BTLF", 6+4+4)[0] = 1 }, "are not in the block"},
		{"object of type 3", "links", func(t *testing.T, d []byte) { after(t, d, "BTLF", 6+4)[0] = 0x30 }, "damaged fractal heap ID"},
		{"object of version 1", "links", func(t *testing.T, d []byte) { after(t, d, "BTLF", 6+4)[0] = 0x40 }, "unsupported fractal heap ID"},
		{"huge object that is not there", "attributes", func(t *testing.T, d []byte) {
			i := bytes.LastIndex(d, []byte("BTLF"))
			if d[i+5] != tree2HugeObjects {
				i = bytes.Index(d, []byte("BTLF"))
			}
			d[i+6+16]++
		}, "is not in the heap"},

		{"tree of another kind", "links", func(t *testing.T, d []byte) { after(t, d, tree2, 5)[0] = 6 }, "its type is 6, want 5"},
		{"tree with other records", "links", func(t *testing.T, d []byte) { after(t, d, tree2, 10)[0] = 12 }, "its records have 12 bytes, want 11"},
		{"deep tree", "links", func(t *testing.T, d []byte) { after(t, d, tree2, 12)[0] = 33 }, "its depth is 33"},
		{"small nodes", "links", func(t *testing.T, d []byte) { le.PutUint32(after(t, d, tree2, 6), 20) }, "its nodes of 20 bytes have no room for records of 11"},
		{"too many records", "links", func(t *testing.T, d []byte) { after(t, d, tree2, 24)[1] = 1 }, "266 records in a node of 45"},
		{"another number of records", "links", func(t *testing.T, d []byte) { after(t, d, tree2, 26)[0]++ }, "it declares 11 records and has 10"},
		{"node of another kind", "links", func(t *testing.T, d []byte) { after(t, d, "BTLF", 5)[0] = 8 }, "its type is 8, the tree's is 5"},
		{"one link twice", "links", func(t *testing.T, d []byte) {
			records := after(t, d, "BTLF", 6)
			copy(records[11:22], records[:11])
		}, "is there twice"},

		{"rank of the chunks", "fixedarray", func(t *testing.T, d []byte) { space(t, d)[1] = 1 }, "for an array of 1 dimensions"},
		{"empty chunks", "fixedarray", func(t *testing.T, d []byte) { layout(t, d)[5] = 0 }, "chunks of dimensions [0 2 2]"},
		{"elements of the chunks", "fixedarray", func(t *testing.T, d []byte) { layout(t, d)[7] = 4 }, "elements of 2 bytes"},
		{"wide dimensions", "fixedarray", func(t *testing.T, d []byte) { layout(t, d)[4] = 9 }, "dimensions of 9 bytes"},
		{"unknown index", "fixedarray", func(t *testing.T, d []byte) { layout(t, d)[8] = 6 }, "chunk index type 6"},
		{"fixed array of another length", "fixedarray", func(t *testing.T, d []byte) { after(t, d, fixed, 8)[0] = 5 }, "5 elements for 4 chunks"},
		{"fixed array of other things", "fixedarray", func(t *testing.T, d []byte) { after(t, d, fixed, 5)[0] = 2 }, "client ID 2"},
		{"fixed array of other elements", "fixedarray", func(t *testing.T, d []byte) { after(t, d, fixed, 6)[0] = 12 }, "elements of 12 bytes"},
		{"block of another fixed array", "fixedarray", func(t *testing.T, d []byte) { after(t, d, "FADB", 6)[0]++ }, "it belongs to the array at"},
		{"block of another client", "fixedarray", func(t *testing.T, d []byte) { after(t, d, "FADB", 5)[0] = 0 }, "its client ID is 0, the array's is 1"},
		{"fixed array that grows", "fixedarray", func(t *testing.T, d []byte) { le.PutUint64(space(t, d)[4+24:], undefined) }, "its chunk index is not one for an array that can grow to"},
		{"data blocks of 3", "extensiblearray", func(t *testing.T, d []byte) { after(t, d, extensible, 9)[0] = 3 }, "in data blocks of at least 3"},
		{"too much room", "extensiblearray", func(t *testing.T, d []byte) { after(t, d, extensible, 7)[0] = 65 }, "room for 1<<65 elements"},
		{"paged index block", "extensiblearray", func(t *testing.T, d []byte) { after(t, d, extensible, 11)[0] = 3 }, "pages of 1<<3"},
		{"array that grows twice", "extensiblearray", func(t *testing.T, d []byte) { le.PutUint64(space(t, d)[4+16:], undefined) }, "its chunk index is not one for an array that can grow to"},
		{"block of another extensible array", "extensiblearray", func(t *testing.T, d []byte) { after(t, d, "EADB", 6)[0]++ }, "it belongs to the array at"},
		{"chunk beyond the end", "implicit", func(t *testing.T, d []byte) {
			le.PutUint64(layout(t, d)[9:], uint64(len(d)-3))
		}, "they have 32 bytes, but the file ends at"},

		{"chunk between chunks", "chunktree", func(t *testing.T, d []byte) { after(t, d, "TREE\x01", 24+8)[0] = 1 }, "a chunk starts at 1 of dimension 0, which is not a multiple of 2"},
		{"tree of links", "chunktree", func(t *testing.T, d []byte) { after(t, d, "TREE\x01", 4)[0] = 0 }, "its type is 0, want 1"},
		{"chunk that is too long", "chunktree", func(t *testing.T, d []byte) { after(t, d, "TREE\x01", 24)[2] = 1 }, "damaged chunk"},
		{"one filter left out", "chunktree", func(t *testing.T, d []byte) { after(t, d, "TREE\x01", 24+4)[0] = 2 }, "bytes, want 4"},
		{"checksum of a chunk", "chunktree", func(t *testing.T, d []byte) { after(t, d, "TREE\x01", 24+4)[0] = 3 }, "bytes, want 4"},
		{"too many filters", "chunktree", func(t *testing.T, d []byte) { filters(t, d)[1] = 33 }, "33 filters"},
		{"filter that is not known", "chunktree", func(t *testing.T, d []byte) { filters(t, d)[8] = 99 }, `unsupported filter pipeline message`},
		{"shuffle of nothing", "chunktree", func(t *testing.T, d []byte) { after(t, filters(t, d), "shuffle\x00", 8)[0] = 0 }, "a shuffle filter without the size of an element"},
		{"no deflate stream", "single", func(t *testing.T, d []byte) { d[le.Uint64(layout(t, d)[20:])] = 0 }, "deflate: zlib: invalid header"},
		{"longer than its chunk", "single", func(t *testing.T, d []byte) { layout(t, d)[5] = 2 }, "damaged chunk at offset 2048: it has 6 bytes, want 4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := fixture(t, "seed-"+test.fixture+".h5")
			test.damage(t, d)
			err := readAll(RepairChecksums(d))
			var format *FormatError
			var unsupported *UnsupportedError
			if err == nil || !strings.Contains(err.Error(), test.want) || !errors.As(err, &format) && !errors.As(err, &unsupported) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// TestInflate checks that no more is decompressed than a chunk can have.
func TestInflate(t *testing.T) {
	var compressed bytes.Buffer
	w := zlib.NewWriter(&compressed)
	if _, err := w.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for size, want := range map[uint64]string{1 << 20: "", 1<<20 - 1: "deflate: the chunk is longer than its 1048575 bytes", 4: "longer than its 4 bytes", 1 << 60: ""} {
		b := &block{structure: "chunk", data: compressed.Bytes()}
		b.inflate(size)
		if want == "" && (b.err != nil || len(b.data) != 1<<20) || want != "" && (b.err == nil || !strings.Contains(b.err.Error(), want)) {
			t.Errorf("size %d: got %d bytes, %v", size, len(b.data), b.err)
		}
		if cap(b.data) > 2<<20 {
			t.Errorf("size %d: room for %d bytes was made", size, cap(b.data))
		}
	}
}

// TestChecksums damages what only a checksum protects.
func TestChecksums(t *testing.T) {
	for signature, name := range map[string]string{
		signature: "few", "OHDR": "few", "BTHD": "links", "BTLF": "links", "FRHP": "links", "FHDB": "links",
		"FAHD": "fixedarray", "FADB": "fixedarray", "EAHD": "extensiblearray", "EAIB": "extensiblearray", "EADB": "extensiblearray",
	} {
		d := fixture(t, "seed-"+name+".h5")
		at := bytes.Index(d, []byte(signature))
		for _, behind := range []int{9, 13} {
			damaged := slices.Clone(d)
			damaged[at+behind]++
			if err := readAll(damaged); err == nil || !strings.Contains(err.Error(), "its checksum is") {
				t.Errorf("%q damaged %d bytes behind its start: got %v", signature, behind, err)
			}
		}
	}
	d := fixture(t, "seed-tree2.h5") // fletcher32 alone: the elements as they are
	at := bytes.Index(d, []byte("\x03\x00\x04\x00"))
	d[at]++
	if err := readAll(d); err == nil || !strings.Contains(err.Error(), "damaged chunk at offset") {
		t.Errorf("chunk: got %v", err)
	}
}

// TestMemory puts great numbers everywhere in small files, and checks that no
// length is believed: reading never takes much memory.
func TestMemory(t *testing.T) {
	const most = 100 << 20 // 1 MiB of elements that were never written, by three conversions, for some arrays
	seeds, err := filepath.Glob(filepath.Join("testdata", "seed-*.h5"))
	if err != nil || len(seeds) == 0 {
		t.Fatalf("no seeds: %v", err)
	}
	for _, path := range seeds {
		data := fixture(t, filepath.Base(path))
		for i := 9; i+8 < len(data); i += 2 {
			if data[i] == 0 && i%8 > 1 {
				continue
			}
			damaged := slices.Clone(data)
			switch i % 3 {
			case 0:
				binary.LittleEndian.PutUint32(damaged[i:], 1<<31-1)
			case 1:
				binary.LittleEndian.PutUint64(damaged[i:], 1<<30)
			case 2:
				binary.LittleEndian.PutUint16(damaged[i:], 0xffff)
			}
			damaged = RepairChecksums(damaged)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_ = readAll(damaged)
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > most {
				t.Errorf("%s with a great number at %d: %d bytes of memory", path, i, got)
			}
		}
	}
}
