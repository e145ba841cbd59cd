package numpy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The opcodes that Python 2 and 3 write for an array of lists of integers,
// pickle protocols 2 to 5.
const (
	opMark            = '('
	opStop            = '.'
	opBinInt          = 'J'
	opBinInt1         = 'K'
	opBinInt2         = 'M'
	opLong1           = 0x8a
	opNone            = 'N'
	opReduce          = 'R'
	opShortBinString  = 'U'
	opBinUnicode      = 'X'
	opShortBinBytes   = 'C'
	opShortBinUnicode = 0x8c
	opAppend          = 'a'
	opBuild           = 'b'
	opGlobal          = 'c'
	opStackGlobal     = 0x93
	opAppends         = 'e'
	opBinGet          = 'h'
	opLongBinGet      = 'j'
	opEmptyList       = ']'
	opBinPut          = 'q'
	opLongBinPut      = 'r'
	opMemoize         = 0x94
	opTuple           = 't'
	opEmptyTuple      = ')'
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opNewTrue         = 0x88
	opNewFalse        = 0x89
	opProto           = 0x80
	opFrame           = 0x95
)

// step follows one opcode.
func (u *unpickler) step(op byte) error {
	switch op {
	case opMark:
		return u.mark()
	case opEmptyList:
		return u.newList()
	case opAppends:
		items, err := u.popMark()
		if err != nil {
			return err
		}
		return u.extend(items)
	case opAppend:
		v, err := u.pop()
		if err != nil {
			return err
		}
		return u.extend([]value{v})
	case opBinInt, opBinInt1, opBinInt2, opLong1, opNone, opNewTrue, opNewFalse:
		return u.constant(op)
	case opShortBinString, opShortBinBytes, opShortBinUnicode, opBinUnicode:
		return u.text(op)
	case opTuple, opEmptyTuple, opTuple1, opTuple2, opTuple3:
		return u.tuple(op)
	case opBinPut, opLongBinPut, opMemoize, opBinGet, opLongBinGet:
		return u.remember(op)
	case opGlobal, opStackGlobal:
		return u.global(op)
	case opReduce:
		return u.reduce()
	case opBuild:
		return u.build()
	case opProto:
		version, err := u.byte()
		if err == nil && (version < 2 || version > 5) {
			err = fmt.Errorf("pickle protocol %d is not read (2 to 5 are)", version)
		}
		return err
	case opFrame:
		_, err := u.bytes(8) // a hint for reading ahead
		return err
	}
	return fmt.Errorf("opcode %q is refused: only lists of integers are read, and nothing is run", op)
}

func (u *unpickler) byte() (byte, error) {
	if u.pos >= len(u.in) {
		return 0, errCut
	}
	u.pos++
	return u.in[u.pos-1], nil
}

func (u *unpickler) bytes(n int) ([]byte, error) {
	if n > len(u.in)-u.pos {
		return nil, errCut
	}
	u.pos += n
	return u.in[u.pos-n : u.pos], nil
}

// constant pushes an integer, a truth value or None.
func (u *unpickler) constant(op byte) error {
	size := 0
	switch op {
	case opBinInt1:
		size = 1
	case opBinInt2:
		size = 2
	case opBinInt:
		size = 4
	case opLong1:
		n, err := u.byte()
		if err != nil {
			return err
		}
		if size = int(n); size > 8 {
			return fmt.Errorf("an integer of %d bytes does not fit 32 bits", size)
		}
	}
	b, err := u.bytes(size)
	if err != nil {
		return err
	}
	v := value{kind: kindInt}
	var wide [8]byte
	copy(wide[:], b)
	v.n = int64(binary.LittleEndian.Uint64(wide[:]))
	switch op {
	case opBinInt:
		v.n = int64(int32(v.n))
	case opLong1:
		if shift := 64 - 8*size; size > 0 {
			v.n = v.n << shift >> shift
		}
	case opNone:
		v.kind = kindNone
	case opNewTrue, opNewFalse:
		v.kind = kindBool
	}
	return u.push(v)
}

// text pushes the name of a module, a class or a type.
func (u *unpickler) text(op byte) error {
	size := 1
	if op == opBinUnicode {
		size = 4
	}
	b, err := u.bytes(size)
	if err != nil {
		return err
	}
	n := uint32(b[0])
	if size == 4 {
		n = binary.LittleEndian.Uint32(b)
	}
	if n > maxTextLen {
		return fmt.Errorf("a text of %d bytes stands in it; only integers are read", n)
	}
	if b, err = u.bytes(int(n)); err != nil {
		return err
	}
	return u.push(value{kind: kindText, text: string(b)})
}

func (u *unpickler) tuple(op byte) error {
	var items []value
	var err error
	switch op {
	case opTuple:
		items, err = u.popMark()
	case opTuple1, opTuple2, opTuple3:
		n := int(op) - opTuple1 + 1
		if len(u.stack) < n {
			return errors.New("the stack is empty")
		}
		items = u.stack[len(u.stack)-n:]
		u.stack = u.stack[:len(u.stack)-n]
	}
	if err != nil {
		return err
	}
	for _, v := range items {
		if v.kind == kindMark {
			return errors.New("a tuple goes over a mark")
		}
	}
	if u.tuples++; u.tuples > maxTuples || len(items) > maxTupleLen {
		return errors.New("tuples stand in it; only lists of integers are read")
	}
	return u.push(value{kind: kindTuple, items: slices.Clone(items)})
}

// remember puts the value on top into the memo, or pushes one from there.
func (u *unpickler) remember(op byte) error {
	key := uint32(len(u.memo)) // MEMOIZE counts by itself
	switch op {
	case opBinPut, opBinGet:
		b, err := u.byte()
		if err != nil {
			return err
		}
		key = uint32(b)
	case opLongBinPut, opLongBinGet:
		b, err := u.bytes(4)
		if err != nil {
			return err
		}
		key = binary.LittleEndian.Uint32(b)
	}
	if op == opBinGet || op == opLongBinGet {
		v, ok := u.memo[key]
		if !ok {
			return fmt.Errorf("value %d was never remembered", key)
		}
		return u.push(v)
	}
	if len(u.stack) == 0 || u.stack[len(u.stack)-1].kind == kindMark {
		return errors.New("the stack is empty")
	}
	if len(u.memo) >= u.rows+maxMemo {
		return fmt.Errorf("more than %d values are remembered", u.rows+maxMemo)
	}
	u.memo[key] = u.stack[len(u.stack)-1]
	return nil
}

// The globals a pickled array names. Nothing is looked up or called: each
// stands for the one thing that reduce does with it.
const (
	classReconstruct = "numpy.core.multiarray _reconstruct"
	classArray       = "numpy ndarray"
	classDType       = "numpy dtype"
	classEncode      = "_codecs encode" // how protocol 2 writes bytes
)

func (u *unpickler) global(op byte) error {
	var module, name string
	if op == opStackGlobal {
		n := len(u.stack)
		if n < 2 || u.stack[n-1].kind != kindText || u.stack[n-2].kind != kindText {
			return errors.New("a global has no name")
		}
		module, name = u.stack[n-2].text, u.stack[n-1].text
		u.stack = u.stack[:n-2]
	} else {
		for _, s := range []*string{&module, &name} {
			line := u.in[u.pos:min(len(u.in), u.pos+maxTextLen)]
			end := slices.Index(line, '\n')
			if end < 0 {
				return errCut
			}
			*s = string(line[:end])
			u.pos += end + 1
		}
	}
	class := module + " " + name
	if rest, ok := strings.CutPrefix(class, "numpy._core."); ok { // its name since NumPy 2
		class = "numpy.core." + rest
	}
	switch class {
	case classReconstruct, classArray, classDType, classEncode:
		return u.push(value{kind: kindClass, text: class})
	}
	return fmt.Errorf("it asks for %q: refused, only lists of integers are read", module+"."+name)
}

// reduce stands for the calls that make an empty array, its type, and bytes.
func (u *unpickler) reduce() error {
	args, err := u.pop()
	if err != nil {
		return err
	}
	class, err := u.pop()
	if err != nil {
		return err
	}
	if class.kind != kindClass || args.kind != kindTuple || len(args.items) == 0 {
		return errors.New("it calls what is not a class: refused")
	}
	first := args.items[0]
	switch {
	case class.text == classReconstruct && first.kind == kindClass && first.text == classArray:
		return u.push(value{kind: kindArray})
	case class.text == classDType && first.kind == kindText && strings.HasPrefix(first.text, "O"):
		return u.push(value{kind: kindDType})
	case class.text == classEncode && first.kind == kindText:
		return u.push(first)
	}
	return fmt.Errorf("it calls %s with %s: refused", class.text, first.kind)
}

// build gives the array its contents: (version, shape, dtype, Fortran order,
// list). A dtype's own state says nothing that is needed.
func (u *unpickler) build() error {
	state, err := u.pop()
	if err != nil {
		return err
	}
	if len(u.stack) == 0 || state.kind != kindTuple {
		return errors.New("an object is given a state that is not a tuple")
	}
	switch top := u.stack[len(u.stack)-1]; top.kind {
	case kindDType:
		return nil
	case kindArray:
	default:
		return fmt.Errorf("it gives %s a state: refused", top.kind)
	}
	if len(state.items) != 5 || state.items[1].kind != kindTuple || state.items[2].kind != kindDType {
		return errors.New("the array's state is not one of objects")
	}
	shape, data := state.items[1].items, state.items[4]
	if len(shape) != 1 || shape[0].kind != kindInt || shape[0].n != int64(u.rows) {
		return fmt.Errorf("the pickled array's shape is not that of the header (%d,)", u.rows)
	}
	// An array of no rows is an empty list, which never got to hold lists.
	empty := u.rows == 0 && data.kind == kindInts
	if data.kind != kindRows && !empty {
		return fmt.Errorf("the array's elements are not lists of integers (it is made of %s)", data.kind)
	}
	if len(u.order) != u.rows {
		return fmt.Errorf("it holds %d lists; the array has %d rows", len(u.order), u.rows)
	}
	u.built = true
	return nil
}
