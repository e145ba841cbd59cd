package hdf5

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// array is the value of a dataset or an attribute: a shape, a type, and where
// the elements are.
type array struct {
	object    *object
	attribute string // the attribute's name; empty for a dataset
	dataspace dataspace
	datatype  datatype
	storage   storage
}

// Shape is the length of each dimension. A scalar has none; a null dataspace,
// which has no elements, is given as one dimension of length 0.
func (a *array) Shape() []int { return slices.Clone(a.dataspace.shape) }

// Type names the type of the elements as NumPy does, without its byte order:
// "float32", "int64", "uint8", "bool", ..., "string", or what else HDF5 has,
// such as "compound". It is "bfloat16" for a float of that format, and for the
// opaque bytes that Keras marks as such.
func (a *array) Type() string { return a.datatype.String() }

// Float32s converts the elements, integers or floating-point numbers of any
// size, to float32, in row-major order.
func (a *array) Float32s() ([]float32, error) {
	if t := a.datatype; t.class == classFloat && t.size == 4 && !t.bigEndian && t.refused == nil && a.dataspace.elements > 0 {
		return a.plainFloat32s()
	}
	return numbers(a, func(t *datatype, p []byte) (float32, bool) {
		switch {
		case t.class == classFloat:
			return float32(t.float(p)), true
		case t.signed:
			return float32(t.integer(p)), true
		}
		return float32(t.bits(p)), true
	}, "numbers", classInteger, classFloat)
}

// plainFloat32s is the short way for what nearly all weights are.
func (a *array) plainFloat32s() ([]float32, error) {
	b, err := a.read("numbers", classFloat)
	if err != nil {
		return nil, a.wrap(err)
	}
	values := make([]float32, a.dataspace.elements)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(b.data[4*i:]))
	}
	return values, nil
}

// Float64s converts the elements, integers or floating-point numbers of any
// size, to float64, in row-major order.
func (a *array) Float64s() ([]float64, error) {
	return numbers(a, func(t *datatype, p []byte) (float64, bool) {
		switch {
		case t.class == classFloat:
			return t.float(p), true
		case t.signed:
			return float64(t.integer(p)), true
		}
		return float64(t.bits(p)), true
	}, "numbers", classInteger, classFloat)
}

// Int64s converts the elements, integers of any size, to int64, in row-major
// order. An unsigned element that int64 cannot hold is an error, and so are
// floating-point elements.
func (a *array) Int64s() ([]int64, error) {
	return numbers(a, func(t *datatype, p []byte) (int64, bool) {
		if t.signed {
			return t.integer(p), true
		}
		v := t.bits(p)
		return int64(v), v <= math.MaxInt64
	}, "integers", classInteger)
}

// Strings gives the elements, fixed- or variable-length strings, in row-major
// order, without their padding. Without elements it gives an empty slice
// whatever the type: h5py writes an empty list as a float64 array of length 0.
func (a *array) Strings() ([]string, error) {
	if a.dataspace.elements == 0 {
		return []string{}, nil
	}
	b, err := a.read("strings", classString, classVariable)
	if err != nil {
		return nil, a.wrap(err)
	}
	heap := a.object.file.globalHeap()
	values := make([]string, a.dataspace.elements)
	for i := range values {
		if a.datatype.class == classString {
			values[i] = a.datatype.fixedString(b.bytes(a.datatype.size))
		} else if values[i], err = heap.element(b); err != nil {
			return nil, a.wrap(err)
		}
	}
	return values, nil
}

// Text gives the only element, a string.
func (a *array) Text() (string, error) {
	if a.dataspace.elements != 1 {
		return "", a.wrap(fmt.Errorf("it holds %d elements, want one string", a.dataspace.elements))
	}
	values, err := a.Strings()
	if err != nil {
		return "", err
	}
	return values[0], nil
}

// numbers converts the elements one by one; convert says whether the value
// fits.
func numbers[T any](a *array, convert func(*datatype, []byte) (T, bool), want string, classes ...class) ([]T, error) {
	if a.dataspace.elements == 0 {
		return []T{}, nil
	}
	b, err := a.read(want, classes...)
	if err != nil {
		return nil, a.wrap(err)
	}
	values := make([]T, a.dataspace.elements)
	size := a.datatype.size
	for i := range values {
		v, fits := convert(&a.datatype, b.data[i*size:(i+1)*size])
		if !fits {
			return nil, a.wrap(fmt.Errorf("element %d is out of the range of %T", i, v))
		}
		values[i] = v
	}
	return values, nil
}

// read gives the bytes of all elements, if their type can be read and is of
// one of the wanted classes.
func (a *array) read(want string, classes ...class) (*block, error) {
	if a.datatype.refused != nil {
		return nil, a.datatype.refused
	}
	if !slices.Contains(classes, a.datatype.class) {
		return nil, fmt.Errorf("it holds %s, want %s", a.Type(), want)
	}
	overflow, size := bits.Mul64(a.dataspace.elements, uint64(a.datatype.size))
	if overflow != 0 {
		return nil, &FormatError{a.object.offset, "dataspace message",
			fmt.Sprintf("%d elements of %d bytes each", a.dataspace.elements, a.datatype.size)}
	}
	b := a.storage.read(size)
	return b, b.err
}

// wrap says in an error which value it is about.
func (a *array) wrap(err error) error {
	if a.attribute != "" {
		return fmt.Errorf("hdf5: %s: attribute %q: %w", a.object.Path(), a.attribute, err)
	}
	return fmt.Errorf("hdf5: %s: %w", a.object.Path(), err)
}

// bits gives an element's bytes as one number.
func (t *datatype) bits(p []byte) uint64 {
	var v uint64
	switch t.size {
	case 1:
		v = uint64(p[0])
	case 2:
		v = uint64(binary.LittleEndian.Uint16(p))
	case 4:
		v = uint64(binary.LittleEndian.Uint32(p))
	case 8:
		v = binary.LittleEndian.Uint64(p)
	}
	if t.bigEndian {
		v = bits.ReverseBytes64(v) >> (64 - 8*t.size)
	}
	return v
}

// integer extends the sign of a signed integer.
func (t *datatype) integer(p []byte) int64 {
	unused := 64 - 8*t.size
	return int64(t.bits(p)<<unused) >> unused
}

// float gives an IEEE 754 number, exactly.
func (t *datatype) float(p []byte) float64 {
	switch v := t.bits(p); t.size {
	case 2:
		if t.brain {
			return float64(math.Float32frombits(uint32(v) << 16))
		}
		return half(uint16(v))
	case 4:
		return float64(math.Float32frombits(uint32(v)))
	default:
		return math.Float64frombits(v)
	}
}

// half gives the value of an IEEE 754 half-precision number.
func half(v uint16) float64 {
	exponent, fraction := int(v>>10&31), int(v&1023)
	var x float64
	switch {
	case exponent == 31 && fraction != 0:
		return math.NaN()
	case exponent == 31:
		x = math.Inf(1)
	case exponent == 0: // subnormal
		x = math.Ldexp(float64(fraction), -24)
	default:
		x = math.Ldexp(float64(1024+fraction), exponent-25)
	}
	if v>>15 != 0 {
		return math.Copysign(x, -1)
	}
	return x
}

// fixedString takes the padding off a fixed-length string.
func (t *datatype) fixedString(p []byte) string {
	switch t.padding {
	case padNullTerminated:
		if end := bytes.IndexByte(p, 0); end >= 0 {
			p = p[:end]
		}
	case padNulls:
		p = bytes.TrimRight(p, "\x00")
	case padSpaces:
		p = bytes.TrimRight(p, " ")
	}
	return string(p)
}
