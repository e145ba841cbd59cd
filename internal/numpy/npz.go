package numpy

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"
)

// maxInflation is how many times larger than its compressed form deflate can
// make a member. A zip directory that claims more is lying.
const maxInflation = 1032

// firstRead is how much memory a directory entry is trusted with unseen.
const firstRead = 64 << 20

// maxPickleBytes is the size of the largest array of lists that is read.
const maxPickleBytes = 1 << 30

// NPZ is an open .npz file: a zip archive with one .npy file for each array.
type NPZ struct {
	size    uint64 // of the file
	names   []string
	members map[string]*zip.File
}

// NewNPZ opens the .npz file that r holds in size bytes. Arrays are read when
// they are asked for, also by several goroutines at once.
func NewNPZ(r io.ReaderAt, size int64) (*NPZ, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("numpy: not a whole .npz file: %w", err)
	}
	// The standard library takes a third longer to inflate; reading IMDB is
	// little else.
	archive.RegisterDecompressor(zip.Deflate, flate.NewReader)
	z := &NPZ{size: uint64(max(size, 0)), members: map[string]*zip.File{}}
	for _, f := range archive.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue
		}
		if z.members[name] != nil {
			return nil, fmt.Errorf("numpy: the .npz file holds the array %q twice", name)
		}
		z.members[name] = f
		z.names = append(z.names, name)
	}
	return z, nil
}

// ReadNPZFile reads the .npz file at path into memory and opens it.
func ReadNPZFile(path string) (*NPZ, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	z, err := NewNPZ(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return z, nil
}

// Names are the names of the arrays, in the order of the file.
func (z *NPZ) Names() []string { return slices.Clone(z.names) }

// Array reads the numeric array called name; see ReadNPY.
func (z *NPZ) Array(name string) (*Array, error) {
	b, err := z.bytes(name, maxArrayBytes)
	if err != nil {
		return nil, err
	}
	a, err := ReadNPY(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	return a, nil
}

// IntLists reads the array called name, a pickled one-dimensional array of
// Python lists of integers. Nothing that the pickle asks for is run: anything
// but such lists is an error.
//
// The lists share one piece of memory.
func (z *NPZ) IntLists(name string) ([][]int32, error) {
	b, err := z.bytes(name, maxPickleBytes)
	if err != nil {
		return nil, err
	}
	lists, err := readIntLists(b)
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	return lists, nil
}

// readIntLists reads a .npy file of Python lists.
func readIntLists(npy []byte) ([][]int32, error) {
	r := bytes.NewReader(npy)
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	if _, _, err := parseDType(h.descr); !errors.Is(err, ErrObjects) {
		return nil, fmt.Errorf("numpy: type %q: want an array of Python lists", h.descr)
	}
	if len(h.shape) != 1 {
		return nil, fmt.Errorf("numpy: shape %v: want one axis of lists", h.shape)
	}
	return unpickleIntLists(npy[len(npy)-r.Len():], h.shape[0])
}

// member is the member that holds an array of at most the given size.
func (z *NPZ) member(name string, most uint64) (*zip.File, error) {
	f := z.members[name]
	if f == nil {
		return nil, fmt.Errorf("numpy: no array %q in the .npz file: it holds %s", name, strings.Join(z.names, ", "))
	}
	size := f.UncompressedSize64
	switch {
	case size > most:
		return nil, fmt.Errorf("numpy: array %q has %d bytes: at most %d are read", name, size, most)
	case f.CompressedSize64 > z.size:
		return nil, fmt.Errorf("numpy: array %q claims %d bytes of a file of %d: the .npz file is damaged", name, f.CompressedSize64, z.size)
	case size/maxInflation > f.CompressedSize64+1:
		return nil, fmt.Errorf("numpy: array %q claims %d bytes from %d compressed: the .npz file is damaged", name, size, f.CompressedSize64)
	}
	return f, nil
}

// bytes inflates one member of at most the given size and compares its checksum.
func (z *NPZ) bytes(name string, most uint64) ([]byte, error) {
	f, err := z.member(name, most)
	if err != nil {
		return nil, err
	}
	size := f.UncompressedSize64
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("numpy: array %q: %w", name, err)
	}
	defer r.Close()
	b, err := readExactly(r, int(size), firstRead)
	if err == nil {
		// The checksum is compared when the end is reached.
		if _, err = r.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
			return b, nil
		}
	}
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("its length is not what the directory says")
	}
	return nil, fmt.Errorf("numpy: array %q: the .npz file is damaged: %w", name, err)
}

// Member is an array of a .npz file with its name.
type Member struct {
	Name  string
	Array *Array
}

// WriteNPZ writes the members, uncompressed as NumPy's savez does it. The same
// members always give the same bytes.
func WriteNPZ(w io.Writer, members ...Member) error {
	archive := zip.NewWriter(w)
	for _, m := range members {
		f, err := archive.CreateHeader(&zip.FileHeader{Name: m.Name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		if err := WriteNPY(f, m.Array); err != nil {
			return err
		}
	}
	return archive.Close()
}
