package hdf5

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// TestObjectHeader2 reads a version 2 header of two blocks, with creation
// orders, a gap behind the messages of the first, and all optional fields.
func TestObjectHeader2(t *testing.T) {
	const second, end = 100, 160
	build := func(signature string, next byte) []byte {
		file := make([]byte, end)
		sum := func(at int, text string) {
			copy(file[at:], text)
			binary.LittleEndian.PutUint32(file[at+len(text):], lookup3([]byte(text)))
		}
		head := func(kind, size byte) string { return string([]byte{kind, size, 0, 0, 0, 0}) }
		address := func(at byte) string { return string([]byte{at, 0, 0, 0, 0, 0, 0, 0}) }
		// Flags: sizes of 2 bytes, creation order, phase change values, times.
		sum(0, "OHDR\x02\x35"+strings.Repeat("\x00", 16)+"\x08\x00\x06\x00"+"\x22\x00"+
			head(0, 1)+"x"+head(byte(messageContinuation), 16)+address(second)+address(next)+"gap!!")
		sum(second, signature+head(byte(messageDataspace), 4)+"\x02\x00\x00\x00")
		return file
	}
	read := func(file []byte) ([]message, error) {
		f := &File{r: bytes.NewReader(file), end: end}
		return readObjectHeader(f.quota(), 0)
	}
	got, err := read(build(objectHeader2Block, 18))
	if err != nil || len(got) != 1 || got[0].kind != messageDataspace || got[0].offset != second+10 || len(got[0].data) != 4 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := read(build("OCHJ", 18)); err == nil || !strings.Contains(err.Error(), `its signature is "OCHJ", want "OCHK"`) {
		t.Errorf("wrong signature: got %v", err)
	}
	if _, err := read(build(objectHeader2Block, 3)); err == nil || !strings.Contains(err.Error(), "3 bytes are too few for a checksum") {
		t.Errorf("short block: got %v", err)
	}
}
