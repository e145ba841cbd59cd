package numpy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Reader reads an array's values piece by piece, so that one that is larger
// than memory can be made into something smaller.
type Reader struct {
	// Shape holds the length of every axis; empty for a single value.
	Shape []int
	// Fortran says that Next gives the values with the first axis running
	// fastest, as they lie in the file; else the last one does.
	Fortran bool

	dtype dtype
	big   bool
	r     io.Reader
	left  int // values that Next has not given yet
	raw   []byte
	next  []float32
	close func()
}

// NewReader begins to read one array in NumPy's .npy format; see [ReadNPY].
func NewReader(r io.Reader) (*Reader, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	dt, big, err := parseDType(h.descr)
	if err != nil {
		return nil, err
	}
	n, ok := elements(h.shape)
	if !ok || n > maxStreamBytes/dt.size {
		return nil, fmt.Errorf("numpy: shape %v of %s is larger than this program reads", h.shape, dt)
	}
	return &Reader{Shape: h.shape, Fortran: h.fortran, dtype: dt, big: big, r: r, left: n,
		close: func() {}}, nil
}

// Open begins to read the array in a file: a .npy file, a .npz file that holds
// one array, or of more arrays the one named behind a colon, as in
// "data.npz:x". The file's length agrees with the array's shape, so room can
// be made for the values before they are read.
func Open(path string) (*Reader, error) {
	file, name := SplitPath(path)
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	r, err := open(f, name)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r.close = func() { f.Close() }
	return r, nil
}

// SplitPath takes the name of an array in a .npz file off a path, "" where
// there is none.
func SplitPath(path string) (file, name string) {
	const mark = ".npz:"
	if i := strings.LastIndex(path, mark); i >= 0 {
		return path[:i+len(mark)-1], path[i+len(mark):]
	}
	return path, ""
}

func open(f *os.File, name string) (*Reader, error) {
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a folder, not a .npy or .npz file")
	case info.Mode().Type() != 0:
		return nil, fmt.Errorf("it is a %s, not a file: save the array as a .npy file first", kindOf(info.Mode()))
	}
	var start [4]byte
	if _, err := f.ReadAt(start[:], 0); err == nil && string(start[:2]) == "PK" {
		z, err := NewNPZ(f, info.Size())
		if err != nil {
			return nil, err
		}
		return z.open(name)
	}
	if name != "" {
		return nil, fmt.Errorf("numpy: not a .npz file, which could hold an array %q", name)
	}
	r, err := NewReader(f)
	if err != nil {
		return nil, err
	}
	at, err := f.Seek(0, io.SeekCurrent)
	if err == nil && info.Size()-at < int64(r.left)*int64(r.dtype.size) {
		err = r.cutShort(int(info.Size() - at))
	}
	return r, err
}

func kindOf(m fs.FileMode) string {
	if m&fs.ModeNamedPipe != 0 {
		return "pipe"
	}
	return "device"
}

// open begins to read an array of the archive: of one array, where name is "".
func (z *NPZ) open(name string) (*Reader, error) {
	if name == "" {
		switch len(z.names) {
		case 0:
			return nil, errors.New("numpy: the .npz file holds no array")
		case 1:
			name = z.names[0]
		default:
			return nil, fmt.Errorf("numpy: the .npz file holds %s: name one of them behind a colon, as in FILE.npz:%s",
				strings.Join(z.names, ", "), z.names[0])
		}
	}
	f, err := z.member(name, maxStreamBytes)
	if err != nil {
		return nil, err
	}
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("numpy: array %q: %w", name, err)
	}
	r, err := NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	// The archive's reader fails where the content is not as long as the
	// directory says.
	if want := uint64(r.left) * uint64(r.dtype.size); want > f.UncompressedSize64 {
		return nil, fmt.Errorf("array %q: %w", name, r.cutShort(int(f.UncompressedSize64)))
	}
	return r, nil
}

// Len is the number of values of the whole array.
func (r *Reader) Len() int {
	n, _ := elements(r.Shape)
	return n
}

// DType is NumPy's name of the type the values are stored in, such as "<f4".
func (r *Reader) DType() string { return r.dtype.String() }

// Close ends the reading. It may be called again.
func (r *Reader) Close() { r.close() }

// Next returns the next values as float32, in the order in which they lie in
// the file; [io.EOF] when there are no more. The slice is good until the next
// call.
func (r *Reader) Next() ([]float32, error) {
	n := min(r.left, readChunkSize/r.dtype.size)
	if n == 0 {
		return nil, r.end()
	}
	r.raw = slices.Grow(r.raw[:0], n*r.dtype.size)[:n*r.dtype.size]
	if got, err := io.ReadFull(r.r, r.raw); err != nil {
		return nil, r.broken(err, r.Len()*r.dtype.size-r.left*r.dtype.size+got)
	}
	r.left -= n
	if r.big {
		swapBytes(r.raw, r.dtype.size)
	}
	piece := Array{Shape: []int{n}, dtype: r.dtype, raw: r.raw}
	r.next = piece.appendFloat32s(r.next[:0])
	return r.next, nil
}

// end is the error at the end of the values. In an archive, the checksum is
// compared when the member's end is reached.
func (r *Reader) end() error {
	var b [1]byte
	for {
		n, err := r.r.Read(b[:])
		switch {
		case errors.Is(err, io.EOF) || n > 0:
			return io.EOF // bytes after the array are left unread
		case err != nil:
			return fmt.Errorf("numpy: the file is damaged: %w", err)
		}
	}
}

// All returns the whole array; nothing may have been read from it yet.
func (r *Reader) All() (*Array, error) {
	n := r.Len()
	size := r.dtype.size
	if n > maxArrayBytes/size {
		return nil, fmt.Errorf("numpy: shape %v of %s is larger than this program reads", r.Shape, r.dtype)
	}
	raw, err := readExactly(r.r, n*size, readChunkSize)
	if err != nil {
		return nil, r.broken(err, len(raw))
	}
	r.left = 0
	if r.big {
		swapBytes(raw, size)
	}
	if r.Fortran {
		raw = fromFortran(raw, size, r.Shape)
	}
	return &Array{Shape: r.Shape, dtype: r.dtype, raw: raw}, nil
}

// broken is the error where reading failed after so many bytes of values.
func (r *Reader) broken(err error, got int) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.cutShort(got)
	}
	return fmt.Errorf("numpy: %w", err)
}

func (r *Reader) cutShort(got int) error {
	return fmt.Errorf("numpy: array of shape %v and type %s is cut short: want %d bytes of values, got %d", r.Shape, r.dtype,
		r.Len()*r.dtype.size, got)
}
