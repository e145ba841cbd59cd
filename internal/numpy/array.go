package numpy

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Element is a type an Array can be made from.
type Element interface {
	~int32 | ~int64 | ~float32 | ~float64
}

// Array is a numeric array as a .npy file holds it: a shape and values in
// row-major (C) order. Arrays stored in Fortran order or big-endian are turned
// round when they are read.
type Array struct {
	// Shape holds the length of every axis; empty for a single value.
	Shape []int
	dtype dtype
	raw   []byte // little-endian, row-major
}

// dtype is one of NumPy's numeric element types.
type dtype struct {
	kind byte // 'b' bool, 'i' int, 'u' uint, 'f' float
	size int  // bytes
}

// String is NumPy's name for the type, such as "<f4".
func (d dtype) String() string {
	order := byte('<')
	if d.size == 1 {
		order = '|'
	}
	return fmt.Sprintf("%c%c%d", order, d.kind, d.size)
}

// NewArray returns an array of the given shape that holds a copy of data in
// row-major order. An empty shape is a single value.
func NewArray[T Element](shape []int, data []T) (*Array, error) {
	n, ok := elements(shape)
	if !ok || n != len(data) {
		return nil, fmt.Errorf("numpy: shape %v does not hold %d values", shape, len(data))
	}
	a := &Array{Shape: slices.Clone(shape)}
	switch d := any(data).(type) {
	case []float32:
		a.dtype = dtype{kind: 'f', size: 4}
		a.raw = encode(d, 4, func(b []byte, v float32) { binary.LittleEndian.PutUint32(b, math.Float32bits(v)) })
	case []float64:
		a.dtype = dtype{kind: 'f', size: 8}
		a.raw = encode(d, 8, func(b []byte, v float64) { binary.LittleEndian.PutUint64(b, math.Float64bits(v)) })
	case []int32:
		a.dtype = dtype{kind: 'i', size: 4}
		a.raw = encode(d, 4, func(b []byte, v int32) { binary.LittleEndian.PutUint32(b, uint32(v)) })
	case []int64:
		a.dtype = dtype{kind: 'i', size: 8}
		a.raw = encode(d, 8, func(b []byte, v int64) { binary.LittleEndian.PutUint64(b, uint64(v)) })
	default:
		return nil, fmt.Errorf("numpy: no array of %T: want []int32, []int64, []float32 or []float64", data)
	}
	return a, nil
}

func encode[T any](data []T, size int, put func([]byte, T)) []byte {
	raw := make([]byte, len(data)*size)
	for i, v := range data {
		put(raw[i*size:], v)
	}
	return raw
}

// elements is the number of values a shape holds; false where a length is
// negative or the product does not fit an int.
func elements(shape []int) (int, bool) {
	n := 1
	for _, d := range shape {
		if d < 0 {
			return 0, false
		}
		if d > 0 && n > math.MaxInt/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// Len is the number of values.
func (a *Array) Len() int { return len(a.raw) / a.dtype.size }

// DType is NumPy's name of the type the values are stored in, such as "<f4".
func (a *Array) DType() string { return a.dtype.String() }

// IsInteger says that the values are stored as integers or truth values.
func (a *Array) IsInteger() bool { return a.dtype.kind != 'f' }

// uint64At is the stored bit pattern of value i.
func (a *Array) uint64At(i int) uint64 {
	b := a.raw[i*a.dtype.size : (i+1)*a.dtype.size]
	o := binary.LittleEndian
	switch a.dtype.size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(o.Uint16(b))
	case 4:
		return uint64(o.Uint32(b))
	default:
		return o.Uint64(b)
	}
}

// int64At is value i of an integer or bool array; false where a uint64 does
// not fit.
func (a *Array) int64At(i int) (int64, bool) {
	u := a.uint64At(i)
	if a.dtype.kind != 'i' {
		return int64(u), u <= math.MaxInt64
	}
	shift := 64 - 8*a.dtype.size
	return int64(u<<shift) >> shift, true
}

// float64At is value i of an array of any type, rounded to a float64.
func (a *Array) float64At(i int) float64 {
	u := a.uint64At(i)
	switch {
	case a.dtype.kind == 'f' && a.dtype.size == 2:
		return halfToFloat64(uint16(u))
	case a.dtype.kind == 'f' && a.dtype.size == 4:
		return float64(math.Float32frombits(uint32(u)))
	case a.dtype.kind == 'f':
		return math.Float64frombits(u)
	case a.dtype.kind == 'i':
		v, _ := a.int64At(i)
		return float64(v)
	default:
		return float64(u)
	}
}

// halfToFloat64 widens an IEEE half.
func halfToFloat64(h uint16) float64 {
	sign, exp, frac := h>>15, int(h>>10&31), float64(h&1023)
	var v float64
	switch exp {
	case 31:
		if frac != 0 {
			return math.NaN()
		}
		v = math.Inf(1)
	case 0:
		v = math.Ldexp(frac, -24)
	default:
		v = math.Ldexp(1024+frac, exp-25)
	}
	if sign == 1 {
		v = -v
	}
	return v
}

// Float32s returns the values as float32, rounded to the nearest where they
// are stored wider.
func (a *Array) Float32s() []float32 { return a.appendFloat32s(nil) }

func (a *Array) appendFloat32s(dst []float32) []float32 {
	n := len(dst)
	dst = slices.Grow(dst, a.Len())[:n+a.Len()]
	out := dst[n:]
	switch {
	case a.dtype == dtype{kind: 'f', size: 4}:
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(a.raw[4*i:]))
		}
	case a.dtype.kind == 'f':
		for i := range out {
			out[i] = float32(a.float64At(i))
		}
	default:
		// An int64 goes to float32 in one rounding, as NumPy does it.
		for i := range out {
			if v, ok := a.int64At(i); ok {
				out[i] = float32(v)
			} else {
				out[i] = float32(a.uint64At(i))
			}
		}
	}
	return dst
}

// Float64s returns the values as float64; integers above 2^53 are rounded.
func (a *Array) Float64s() []float64 {
	out := make([]float64, a.Len())
	for i := range out {
		out[i] = a.float64At(i)
	}
	return out
}

// Int64s returns the values as int64. A value that is not a whole number, or
// does not fit, is an error that says where it stands.
func (a *Array) Int64s() ([]int64, error) {
	return toInts[int64](a, false, math.MinInt64, math.MaxInt64, "int64")
}

// Int32s returns the values as int32. A value that is not a whole number, or
// does not fit, is an error that says where it stands.
func (a *Array) Int32s() ([]int32, error) {
	return toInts[int32](a, false, math.MinInt32, math.MaxInt32, "int32")
}

// TruncatedInt32s returns the values as int32, cut off towards zero, as NumPy
// casts them. A value that does not fit is an error that says where it stands.
func (a *Array) TruncatedInt32s() ([]int32, error) {
	return toInts[int32](a, true, math.MinInt32, math.MaxInt32, "int32")
}

func toInts[T int32 | int64](a *Array, truncate bool, low, high int64, name string) ([]T, error) {
	out := make([]T, a.Len())
	for i := range out {
		if a.dtype.kind != 'f' {
			v, ok := a.int64At(i)
			if !ok || v < low || v > high {
				return nil, fmt.Errorf("numpy: value %s at %v does not fit %s", a.text(i), a.index(i), name)
			}
			out[i] = T(v)
			continue
		}
		v := a.float64At(i)
		if truncate {
			v = math.Trunc(v)
		}
		if v != math.Trunc(v) || math.IsInf(v, 0) { // NaN too: it differs from itself
			return nil, fmt.Errorf("numpy: value %v at %v is not a whole number (the array holds %s)", v, a.index(i), a.dtype)
		}
		// float64(MaxInt64) is 2^63, one too many: compare from below.
		if v < float64(low) || v >= -float64(math.MinInt64) || int64(v) > high {
			return nil, fmt.Errorf("numpy: value %v at %v does not fit %s", v, a.index(i), name)
		}
		out[i] = T(v)
	}
	return out, nil
}

func (a *Array) text(i int) string {
	if v, ok := a.int64At(i); ok {
		return fmt.Sprint(v)
	}
	return fmt.Sprint(a.uint64At(i))
}

// index is the position of value i, axis by axis.
func (a *Array) index(i int) []int {
	at := make([]int, len(a.Shape))
	for k := len(at) - 1; k >= 0; k-- {
		at[k] = i % a.Shape[k]
		i /= a.Shape[k]
	}
	return at
}
