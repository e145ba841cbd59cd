package numpy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"recurve/internal/atomicfile"
)

// The header of a .npy file is read and written here and not by a library:
// codeberg.org/sbinet/npyio panics on a damaged header, ignores Fortran order
// in slices and reads one value a call.

const (
	magic         = "\x93NUMPY"
	maxHeader     = 64 << 10 // NumPy itself refuses more than 10,000
	headerAlign   = 64
	growthDigits  = 21 // room NumPy leaves for the first axis to grow
	maxRank       = 64
	readChunkSize = 1 << 20

	// maxArrayBytes is the size of the largest array that is read.
	maxArrayBytes = min(1<<34, math.MaxInt)
	// maxStreamBytes is the size of the largest array that is read in pieces.
	maxStreamBytes = min(1<<46, math.MaxInt)
)

// ErrObjects is reported for an array of Python objects; see NPZ.IntLists.
var ErrObjects = errors.New("the array holds Python objects, not numbers")

// ReadNPYFile reads the .npy file at path.
func ReadNPYFile(path string) (*Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := ReadNPY(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// ReadNPY reads one array in NumPy's .npy format (versions 1 to 3): booleans,
// integers of 8 to 64 bits and floats of 16 to 64 bits, in either byte order
// and either memory order. Bytes after the array are left unread.
func ReadNPY(r io.Reader) (*Array, error) {
	n, err := NewReader(r)
	if err != nil {
		return nil, err
	}
	return n.All()
}

// readExactly reads n bytes. It starts with room for first bytes and asks for
// more as they arrive, so that a header that lies costs nothing. On an error it
// returns what there was.
func readExactly(r io.Reader, n, first int) ([]byte, error) {
	b := make([]byte, 0, min(n, first))
	for len(b) < n {
		b = slices.Grow(b, min(n-len(b), max(len(b), readChunkSize)))
		got, err := io.ReadFull(r, b[len(b):min(n, cap(b))])
		b = b[:len(b)+got]
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

func swapBytes(raw []byte, size int) {
	for i := 0; i+size <= len(raw); i += size {
		slices.Reverse(raw[i : i+size])
	}
}

// fromFortran turns values whose first axis runs fastest into row-major order.
func fromFortran(raw []byte, size int, shape []int) []byte {
	if len(shape) < 2 || len(raw) == 0 {
		return raw
	}
	out := make([]byte, 0, len(raw))
	stride := make([]int, len(shape)) // in values, of each axis in raw
	step := 1
	for k, d := range shape {
		stride[k] = step
		step *= d
	}
	at := make([]int, len(shape))
	from := 0
	for range len(raw) / size {
		out = append(out, raw[from*size:(from+1)*size]...)
		for k := len(shape) - 1; k >= 0; k-- {
			at[k]++
			from += stride[k]
			if at[k] < shape[k] {
				break
			}
			from -= at[k] * stride[k]
			at[k] = 0
		}
	}
	return out
}

// header is what the dictionary at the start of a .npy file says.
type header struct {
	descr   string // a type name; "" where it was a structure
	fortran bool
	shape   []int
}

func readHeader(r io.Reader) (header, error) {
	var start [8]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || string(start[:6]) != magic {
		return header{}, errors.New("numpy: not a .npy file (it does not begin with \\x93NUMPY)")
	}
	var size int
	switch start[6] {
	case 1:
		var b [2]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return header{}, errors.New("numpy: the header is cut short")
		}
		size = int(binary.LittleEndian.Uint16(b[:]))
	case 2, 3:
		var b [4]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return header{}, errors.New("numpy: the header is cut short")
		}
		if n := binary.LittleEndian.Uint32(b[:]); n <= maxHeader {
			size = int(n)
		} else {
			return header{}, fmt.Errorf("numpy: header of %d bytes: at most %d are read", n, maxHeader)
		}
	default:
		return header{}, fmt.Errorf("numpy: .npy format version %d.%d is not known (1 to 3 are)", start[6], start[7])
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r, text); err != nil {
		return header{}, errors.New("numpy: the header is cut short")
	}
	h, err := parseHeader(string(text))
	if err != nil {
		return header{}, fmt.Errorf("numpy: header %q: %w", cut(string(text), 200), err)
	}
	return h, nil
}

// parseDType reads NumPy's name of a numeric type; big says big-endian.
func parseDType(descr string) (dt dtype, big bool, err error) {
	if descr == "" {
		return dt, false, errors.New("numpy: the array holds structures; want one number a value")
	}
	if d := strings.TrimLeft(descr, "|<>="); strings.HasPrefix(d, "O") {
		return dt, false, fmt.Errorf("numpy: type %q: %w", descr, ErrObjects)
	}
	unknown := fmt.Errorf("numpy: type %q is not read: want bool, int8-64, uint8-64 or float16-64", descr)
	if len(descr) != 3 {
		return dt, false, unknown
	}
	dt = dtype{kind: descr[1], size: int(descr[2] - '0')}
	ok := false
	switch dt.kind {
	case 'b':
		ok = dt.size == 1
	case 'i', 'u':
		ok = dt.size == 1 || dt.size == 2 || dt.size == 4 || dt.size == 8
	case 'f':
		ok = dt.size == 2 || dt.size == 4 || dt.size == 8
	}
	switch descr[0] {
	case '<':
	case '>':
		big = true
	case '|':
		ok = ok && dt.size == 1
	default:
		ok = false
	}
	if !ok {
		return dtype{}, false, unknown
	}
	return dt, big, nil
}

// WriteNPY writes a as NumPy's save does, byte for byte.
func WriteNPY(w io.Writer, a *Array) error {
	if _, err := w.Write(formatHeader(a)); err != nil {
		return err
	}
	_, err := w.Write(a.raw)
	return err
}

// WriteNPYFile writes a to the .npy file at path, whole or not at all.
func WriteNPYFile(path string, a *Array) error {
	var b bytes.Buffer
	if err := WriteNPY(&b, a); err != nil {
		return err
	}
	return atomicfile.WriteFile(path, b.Bytes())
}

func formatHeader(a *Array) []byte {
	shape := make([]string, len(a.Shape))
	for i, d := range a.Shape {
		shape[i] = strconv.Itoa(d)
	}
	list := strings.Join(shape, ", ")
	if len(shape) == 1 {
		list += ","
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", a.dtype, list)
	if len(shape) > 0 {
		text += strings.Repeat(" ", growthDigits-len(shape[0]))
	}
	const before = len(magic) + 2 + 2 // with version and length
	pad := headerAlign - (before+len(text)+1)%headerAlign
	text += strings.Repeat(" ", pad%headerAlign) + "\n"
	out := append([]byte(magic), 1, 0)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(text)))
	return append(out, text...)
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n] + "..."
	}
	return s
}
