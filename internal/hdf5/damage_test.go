package hdf5

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// readAll reads everything in a file by every conversion, and returns the first
// error that is the file's fault.
func readAll(data []byte) error {
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	var first error
	note := func(err error) {
		var format *FormatError
		var unsupported *UnsupportedError
		if first == nil && (errors.As(err, &format) || errors.As(err, &unsupported)) {
			first = err
		}
	}
	err = f.Walk(func(o Object, err error) error {
		if err != nil {
			note(err)
			return nil
		}
		arrays := []*array{}
		if d, ok := o.(*Dataset); ok {
			arrays = append(arrays, &d.array)
		}
		for _, a := range o.Attrs() {
			arrays = append(arrays, &a.array)
		}
		for _, a := range arrays {
			_, err := a.Float32s()
			note(err)
			_, err = a.Int64s()
			note(err)
			_, err = a.Strings()
			note(err)
		}
		return nil
	})
	if first == nil {
		first = err
	}
	return first
}

// messageAt is the offset of a message's body in the object at a path; "" is
// the root.
func messageAt(t *testing.T, data []byte, path string, kind messageType) int {
	t.Helper()
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	offset := f.root.offset
	if path != "" {
		found, err := f.root.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		offset = found.header().offset
	}
	messages, err := readObjectHeader(f.quota(), uint64(offset))
	if err != nil {
		t.Fatal(err)
	}
	m, ok := find(messages, kind)
	if !ok {
		t.Fatalf("%s has no %s", path, kind)
	}
	return int(m.offset)
}

func TestDamage(t *testing.T) {
	le := binary.LittleEndian
	at := func(data []byte, signature string) int {
		i := bytes.Index(data, []byte(signature))
		if i < 0 {
			t.Fatalf("no %s", signature)
		}
		return i
	}
	tests := []struct {
		name    string
		fixture string
		damage  func([]byte) []byte // in place, or a shorter file
		want    string              // part of the error
	}{
		{"empty", "groups.h5", func(d []byte) []byte { return nil },
			"hdf5: damaged superblock at offset 0: 8 more bytes are needed, 0 are left"},
		{"another format", "groups.h5", func(d []byte) []byte { return []byte("PK\x03\x04 a zip file") },
			`hdf5: damaged superblock at offset 0: its signature is "PK\x03\x04 a z", want "\x89HDF\r\n\x1a\n"`},
		{"cut in half", "groups.h5", func(d []byte) []byte { return d[:len(d)/2] },
			"the file has 13036 bytes where 26072 were written: it was cut short"},
		{"superblock K", "groups.h5", func(d []byte) []byte { d[16], d[17] = 0, 0; return d },
			"group leaf node K is 0, internal node K is 16"},
		{"several files", "groups.h5", func(d []byte) []byte { d[48] = 0; return d },
			"unsupported superblock at offset 56: driver information block"},
		{"root beyond the end", "groups.h5", func(d []byte) []byte { le.PutUint64(d[64:], 1<<40); return d },
			"damaged superblock at offset 64: it points to 1099511627776, but the file ends at 26072"},
		{"root is a dataset", "keras.weights.h5", func(d []byte) []byte {
			f, _ := Open(bytes.NewReader(d), int64(len(d)))
			o, _ := f.root.Open("optimizer/vars/0")
			le.PutUint64(d[64:], uint64(o.header().offset))
			return d
		}, "the root is not a group"},

		{"tree signature", "groups.h5", func(d []byte) []byte { d[at(d, "TREE")] = 'F'; return d },
			`damaged B-tree node at offset 136: its signature is "FREE", want "TREE"`},
		{"tree of chunks", "groups.h5", func(d []byte) []byte { d[at(d, "TREE")+4] = 1; return d },
			"B-tree node at offset 141: its type is 1, want 0"},
		{"tree in itself", "groups.h5", func(d []byte) []byte {
			i := at(d, "TREE")
			d[i+5] = 1
			le.PutUint64(d[i+32:], uint64(i))
			return d
		}, "damaged B-tree node at offset 142: it is at level 1, its parent points to level 0"},
		{"too many children", "groups.h5", func(d []byte) []byte { le.PutUint16(d[at(d, "TREE")+6:], 33); return d },
			"33 children in a node of 32"},
		{"child at the undefined address", "groups.h5", func(d []byte) []byte { le.PutUint64(d[at(d, "TREE")+32:], undefined); return d },
			"it points to the undefined address"},
		{"too many entries", "groups.h5", func(d []byte) []byte { le.PutUint16(d[at(d, "SNOD")+6:], 9); return d },
			"9 entries in a node of 8"},
		{"entries out of order", "groups.h5", func(d []byte) []byte {
			i := at(d, "SNOD") + 8
			first := slices.Clone(d[i : i+40])
			copy(d[i:], d[i+40:i+80])
			copy(d[i+40:], first)
			return d
		}, `the name "empty" comes after "level0": names must ascend`},
		{"entry without a header", "groups.h5", func(d []byte) []byte { le.PutUint64(d[at(d, "SNOD")+16:], undefined); return d },
			"symbol table entry without an object header"},
		{"entry cache type", "groups.h5", func(d []byte) []byte { d[at(d, "SNOD")+24] = 3; return d },
			"symbol table entry with cache type 3"},
		{"name beyond the heap", "groups.h5", func(d []byte) []byte { le.PutUint64(d[at(d, "SNOD")+8:], 4096); return d },
			"damaged local heap data segment at offset 712: a name starts at 4096 of 88 bytes"},
		{"empty name", "groups.h5", func(d []byte) []byte { le.PutUint64(d[at(d, "SNOD")+8:], 0); return d },
			"a link has an empty name"},
		{"name without end", "groups.h5", func(d []byte) []byte {
			i := at(d, "HEAP")
			for j := range 88 {
				d[i+32+j] = 'x'
			}
			return d
		}, "a name has no end"},
		{"slash in a name", "groups.h5", func(d []byte) []byte { d[at(d, "level0")] = '/'; return d },
			`the link name "/evel0" contains a slash`},
		{"heap longer than the file", "groups.h5", func(d []byte) []byte { le.PutUint64(d[at(d, "HEAP")+8:], 1<<30); return d },
			"damaged local heap data segment at offset 712: it is 1073741824 bytes long and starts at 712, but the file ends at 26072"},

		{"header version", "groups.h5", func(d []byte) []byte { d[96] = 0; return d },
			"hdf5: /: damaged object header at offset 96: version 0"},
		{"more messages than declared", "groups.h5", func(d []byte) []byte { d[98] = 0; return d },
			"it has more messages than the 0 it declares"},
		{"fewer messages than declared", "groups.h5", func(d []byte) []byte { d[98] = 2; return d },
			"it declares 2 messages and has 1"},
		{"message longer than its block", "groups.h5", func(d []byte) []byte { d[114] = 24; return d },
			"damaged object header at offset 120: 24 more bytes are needed, 16 are left"},
		{"message size", "groups.h5", func(d []byte) []byte { d[114] = 12; return d },
			"a message body of 12 bytes; it must be a multiple of 8"},
		{"unknown message that matters", "groups.h5", func(d []byte) []byte { d[112], d[116] = 0x99, 0x80; return d },
			"message type 0x99"},
		{"no group, no dataset", "groups.h5", func(d []byte) []byte { d[112] = 0x99; return d },
			"it has neither a symbol table, a link info nor a data layout message"},
		{"ring of continuations", "attributes.h5", func(d []byte) []byte {
			// The first message of a continuation block becomes one that leads back to the block.
			f, _ := Open(bytes.NewReader(d), int64(len(d)))
			g, _ := f.root.Open("group")
			le.PutUint16(d[g.header().offset+2:], 0xffff) // messages: enough for many rounds
			i := bytes.Index(d, []byte{0x10, 0, 16, 0, 0, 0, 0, 0})
			block := le.Uint64(d[i+8:])
			copy(d[block:], d[i:i+24])
			return d
		}, "they overlap or form a ring"},

		{"rank", "keras.weights.h5", func(d []byte) []byte { d[messageAt(t, d, "layers/dense/vars/0", messageDataspace)+1] = 33; return d },
			"rank 33; HDF5 allows 32"},
		{"dimensions overflow", "keras.weights.h5", func(d []byte) []byte {
			i := messageAt(t, d, "layers/dense/vars/0", messageDataspace) + 8
			le.PutUint64(d[i:], 1<<40)
			le.PutUint64(d[i+8:], 1<<40)
			return d
		}, "the dimensions multiply to more than 2^63 elements"},
		{"dimension beyond int", "keras.weights.h5", func(d []byte) []byte {
			le.PutUint64(d[messageAt(t, d, "layers/dense/vars/0", messageDataspace)+8:], 1<<63)
			return d
		}, "dimension 0 has length 9223372036854775808"},
		{"shape beyond the data", "keras.weights.h5", func(d []byte) []byte {
			i := messageAt(t, d, "layers/dense/vars/0", messageDataspace) + 8
			le.PutUint64(d[i:], 1<<50)
			le.PutUint64(d[i+16:], 1<<50)
			return d
		}, "hdf5: /layers/dense/vars/0: damaged contiguous data"},
		{"shape beyond its maximum", "keras.weights.h5", func(d []byte) []byte {
			le.PutUint64(d[messageAt(t, d, "layers/dense/vars/0", messageDataspace)+8:], 1<<50)
			return d
		}, "dimension 0 has length 1125899906842624, and can have 4"},
		{"bytes overflow", "keras.weights.h5", func(d []byte) []byte {
			i := messageAt(t, d, "layers/dense/vars/0", messageDataspace) + 8
			le.PutUint64(d[i:], 1<<62)
			le.PutUint64(d[i+16:], 1<<62)
			return d
		}, "damaged dataspace message"},
		{"element size 0", "keras.weights.h5", func(d []byte) []byte {
			le.PutUint32(d[messageAt(t, d, "layers/dense/vars/0", messageDatatype)+4:], 0)
			return d
		}, "damaged datatype message"},
		{"strange float", "keras.weights.h5", func(d []byte) []byte {
			d[messageAt(t, d, "layers/dense/vars/0", messageDatatype)+16]++
			return d
		}, "4-byte floating-point numbers that are not IEEE 754"},
		{"strange integer", "keras.weights.h5", func(d []byte) []byte {
			d[messageAt(t, d, "optimizer/vars/0", messageDatatype)+10] = 31
			return d
		}, "integers of 31 bits in 4 bytes"},
		{"no datatype", "keras.weights.h5", func(d []byte) []byte {
			d[messageAt(t, d, "layers/dense/vars/0", messageDatatype)-8] = 0
			return d
		}, "a data layout message without a dataspace and a datatype message"},
		{"layout version", "keras.weights.h5", func(d []byte) []byte {
			d[messageAt(t, d, "layers/dense/vars/0", messageLayout)] = 0
			return d
		}, "damaged data layout message"},
		{"layout class", "keras.weights.h5", func(d []byte) []byte {
			d[messageAt(t, d, "layers/dense/vars/0", messageLayout)+1] = 9
			return d
		}, "layout class 9"},
		{"data beyond the end", "keras.weights.h5", func(d []byte) []byte {
			le.PutUint64(d[messageAt(t, d, "layers/dense/vars/0", messageLayout)+2:], uint64(len(d)-15))
			return d
		}, "it is 16 bytes long and starts at 25505, but the file ends at 25520"},
		{"data shorter than the shape", "keras.weights.h5", func(d []byte) []byte {
			d[messageAt(t, d, "layers/dense/vars/0", messageLayout)+10]--
			return d
		}, "its elements take 16 bytes, but only 15 are stored"},
		{"data behind the stated end", "keras.weights.h5", func(d []byte) []byte {
			le.PutUint64(d[messageAt(t, d, "layers/dense/vars/0", messageLayout)+2:], uint64(len(d)))
			return append(d, make([]byte, 100)...)
		}, "it points to 25520, but the file ends at 25520"},
		{"fill value size", "numbers.h5", func(d []byte) []byte {
			le.PutUint32(d[messageAt(t, d, "filled", messageFillValue)+4:], 3)
			return d
		}, "the fill value has 3 bytes, an element 2"},
		{"compact data too short", "numbers.h5", func(d []byte) []byte {
			d[messageAt(t, d, "compact", messageLayout)+2] = 19
			return d
		}, "damaged compact data"},

		{"attribute name", "keras.weights.h5", func(d []byte) []byte {
			d[messageAt(t, d, "vars", messageAttribute)+8+4] = 'x'
			return d
		}, `"namex" is not a name that ends in a zero byte`},
		{"attribute version", "keras.weights.h5", func(d []byte) []byte {
			d[messageAt(t, d, "vars", messageAttribute)] = 4
			return d
		}, "unsupported attribute message"},
		{"heap signature", "keras.weights.h5", func(d []byte) []byte { d[at(d, "GCOL")] = 'X'; return d },
			`its signature is "XCOL", want "GCOL"`},
		{"heap size", "keras.weights.h5", func(d []byte) []byte { le.PutUint64(d[at(d, "GCOL")+8:], 15); return d },
			"its size is 15"},
		{"heap object twice", "keras.weights.h5", func(d []byte) []byte { d[at(d, "GCOL")+16+16+16] = 1; return d },
			"object 1 is there twice"},
		{"heap object too long", "keras.weights.h5", func(d []byte) []byte { le.PutUint64(d[at(d, "GCOL")+16+8:], 1<<60); return d },
			"object 1 has 1152921504606846976 bytes"},
		{"heap object that is not there", "keras.weights.h5", func(d []byte) []byte { d[at(d, "GCOL")+16] = 200; return d },
			"which has no such object"},
		{"string longer than its object", "keras.weights.h5", func(d []byte) []byte { d[at(d, "GCOL")+16+8]--; return d },
			"damaged global heap object"},
		{"vlen of another size", "keras.weights.h5", func(d []byte) []byte {
			i := messageAt(t, d, "vars", messageAttribute)
			le.PutUint32(d[i+8+8+4:], 12)
			return d
		}, "variable-length elements of 12 bytes, want 16"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := readAll(test.damage(fixture(t, test.fixture)))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// TestEveryByte damages each byte of small files in turn, and cuts them off at
// each. What comes of it does not matter, as long as it is an answer; where a
// checksum covers the byte, it must be an error.
func TestEveryByte(t *testing.T) {
	seeds, err := filepath.Glob(filepath.Join("testdata", "seed-*.h5"))
	if err != nil || len(seeds) == 0 {
		t.Fatalf("no seeds: %v", err)
	}
	for _, path := range append(seeds, filepath.Join("testdata", "smallnodes.h5")) {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := fixture(t, name)
			if err := readAll(data); err != nil {
				t.Fatal(err)
			}
			for i := range data {
				if data[i] == 0 && i%5 > 0 {
					continue // most of a file is zeros
				}
				if err := readAll(data[:i]); err == nil {
					t.Errorf("cut off at %d: no error", i)
				}
				damaged := slices.Clone(data)
				damaged[i] ^= byte(1 + 254*(i%2))
				before := readAll(damaged)
				repaired := RepairChecksums(damaged)
				if before == nil && !slices.Equal(repaired, damaged) {
					t.Errorf("damage at %d was repaired, but not seen", i)
				}
				_ = readAll(repaired)
			}
		})
	}
}

// shortReader ends before the size that Open is told.
type shortReader struct{ io.ReaderAt }

func (r shortReader) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > 1000 {
		return 0, io.EOF
	}
	return r.ReaderAt.ReadAt(p, off)
}

func TestReadError(t *testing.T) {
	data := fixture(t, "groups.h5")
	f, err := Open(shortReader{bytes.NewReader(data)}, int64(len(data)))
	if err == nil {
		_, err = f.Root().Group("many")
	}
	var format *FormatError
	if !errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &format) || !strings.Contains(err.Error(), "hdf5: /: reading symbol table node at offset") {
		t.Errorf("got %v", err)
	}
}
