package numpy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The reader of pickled integer lists is made here and not with
// github.com/nlpodyssey/gopickle: that boxes every integer (1.0 to 1.4 s and
// 570 MB for one of the two arrays of imdb.npz, here some 20 ms and 30 MB) and
// allocates whatever length a pickle claims. This one knows only the opcodes
// that lists of integers in a NumPy array need. It has no recursion, runs no
// code, and its memory is bounded by the length of the input.

const (
	maxRows     = 1 << 22 // lists of a file
	maxStack    = 1 << 16 // values open at once; Python writes 1,000 at a time
	maxMemo     = 1 << 16 // remembered values besides one a list
	maxTuples   = 1 << 10 // an array needs ten
	maxTupleLen = 1 << 4
	maxTextLen  = 256 // names of modules, classes and types
)

// kind says what a value of the pickle is.
type kind uint8

const (
	kindMark  kind = iota
	kindNone       // None
	kindBool       // True, False
	kindInt        // value.n
	kindText       // str or bytes, value.text
	kindTuple      // value.items
	kindInts       // a list of integers (or an empty one), number value.n
	kindRows       // the list of lists
	kindClass      // an allowed global, value.text
	kindDType      // numpy.dtype of objects
	kindArray      // the NumPy array
)

// String is the value's name in an error.
func (k kind) String() string {
	return [...]string{"a mark", "None", "a truth value", "an integer", "text", "a tuple", "a list", "a list of lists",
		"a class", "a dtype", "an array"}[k]
}

type value struct {
	kind  kind
	n     int64
	text  string
	items []value
}

// span is where a list's integers lie in unpickler.ints.
type span struct{ from, to int }

type unpickler struct {
	in   []byte
	pos  int
	at   int // where the opcode at work stands
	rows int // how many lists there should be

	stack  []value
	memo   map[uint32]value
	tuples int // made so far

	ints  []int32 // of all lists, one after the other
	lists []span
	order []int // the outer list: numbers of lists
	outer int   // the number of the list that became the outer one, -1 before
	built bool  // the array has its contents
}

// unpickleIntLists reads a pickled NumPy object array of the given length
// whose elements are Python lists of integers.
func unpickleIntLists(pickle []byte, rows int) ([][]int32, error) {
	switch {
	case rows > maxRows:
		return nil, fmt.Errorf("numpy: an array of %d lists: at most %d are read", rows, maxRows)
	case rows > len(pickle): // each takes a byte or more
		return nil, fmt.Errorf("numpy: a pickle of %d bytes is too short for %d lists", len(pickle), rows)
	}
	u := &unpickler{in: pickle, rows: rows, outer: -1, memo: make(map[uint32]value, min(rows, maxMemo))}
	u.ints = make([]int32, 0, len(pickle)/2)
	if err := u.run(); err != nil {
		return nil, fmt.Errorf("numpy: pickle, byte %d: %w", u.at, err)
	}
	out := make([][]int32, rows)
	for i, k := range u.order {
		s := u.lists[k]
		out[i] = u.ints[s.from:s.to:s.to]
	}
	return out, nil
}

var errCut = errors.New("the file is cut short")

// run follows the opcodes up to STOP.
func (u *unpickler) run() error {
	for {
		u.at = u.pos
		op, err := u.byte()
		if err != nil {
			return err
		}
		if op == opStop {
			return u.finish()
		}
		if err := u.step(op); err != nil {
			return err
		}
	}
}

func (u *unpickler) finish() error {
	switch {
	case len(u.stack) != 1 || u.stack[0].kind != kindArray || !u.built:
		return errors.New("it is not an array of lists of integers")
	case u.pos != len(u.in):
		return fmt.Errorf("%d bytes follow its end", len(u.in)-u.pos)
	}
	return nil
}

func (u *unpickler) push(v value) error {
	if len(u.stack) >= maxStack {
		return fmt.Errorf("more than %d values are open at once", maxStack)
	}
	u.stack = append(u.stack, v)
	return nil
}

func (u *unpickler) pop() (value, error) {
	if len(u.stack) == 0 || u.stack[len(u.stack)-1].kind == kindMark {
		return value{}, errors.New("the stack is empty")
	}
	v := u.stack[len(u.stack)-1]
	u.stack = u.stack[:len(u.stack)-1]
	return v, nil
}

// popMark takes off everything above the last mark, and the mark.
func (u *unpickler) popMark() ([]value, error) {
	for i := len(u.stack) - 1; i >= 0; i-- {
		if u.stack[i].kind == kindMark {
			items := u.stack[i+1:]
			u.stack = u.stack[:i]
			return items, nil
		}
	}
	return nil, errors.New("the stack has no mark")
}

// newList begins a list. It counts as one of integers until a list is put in.
func (u *unpickler) newList() error {
	if len(u.lists) > u.rows {
		return fmt.Errorf("it holds more lists than the array has rows (%d); a list in a list is not read", u.rows)
	}
	u.lists = append(u.lists, span{len(u.ints), len(u.ints)})
	return u.push(value{kind: kindInts, n: int64(len(u.lists) - 1)})
}

// mark begins a group of values. Integers for a list go straight into it up to
// their APPENDS, which is nearly all of such a file.
func (u *unpickler) mark() error {
	if n := len(u.stack); n > 0 && u.stack[n-1].kind == kindInts && int(u.stack[n-1].n) != u.outer {
		list := &u.lists[u.stack[n-1].n]
		if list.from == list.to {
			*list = span{len(u.ints), len(u.ints)} // nothing in it yet: it may lie anywhere
		}
		if list.to == len(u.ints) {
			ints, pos := readInts(u.ints, u.in, u.pos)
			if pos < len(u.in) && u.in[pos] == opAppends {
				u.ints, u.pos, list.to = ints, pos+1, len(ints)
				return nil
			}
		}
	}
	return u.push(value{kind: kindMark})
}

// readInts appends the integers encoded at in[pos:] to dst; it stops at any
// other opcode, or where one is cut short, and returns its position.
func readInts(dst []int32, in []byte, pos int) ([]int32, int) {
	for pos < len(in) {
		op, arg := in[pos], in[pos+1:]
		switch short := op - opBinInt1; {
		case short&^(opBinInt2-opBinInt1) == 0 && len(arg) >= 2:
			// One byte or two: they come in no order that a processor could
			// guess, and this has no branch to guess wrong.
			wide := uint32(short) >> 1
			dst = append(dst, int32(uint32(binary.LittleEndian.Uint16(arg))&(0xff|-wide)))
			pos += 2 + int(wide)
		case op == opBinInt && len(arg) >= 4:
			dst = append(dst, int32(binary.LittleEndian.Uint32(arg)))
			pos += 5
		default:
			return dst, pos
		}
	}
	return dst, pos
}

// extend appends items to the list on top of the stack.
func (u *unpickler) extend(items []value) error {
	if len(u.stack) == 0 {
		return errors.New("the stack is empty")
	}
	top := &u.stack[len(u.stack)-1]
	if top.kind != kindInts && top.kind != kindRows {
		return fmt.Errorf("it appends to %s", top.kind)
	}
	for _, v := range items {
		var err error
		switch v.kind {
		case kindInt:
			err = u.appendInt(top, v.n)
		case kindInts:
			err = u.appendList(top, int(v.n))
		default:
			err = fmt.Errorf("%s stands in a list; only integers are read", v.kind)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (u *unpickler) appendInt(top *value, n int64) error {
	if top.kind == kindRows || int(top.n) == u.outer {
		return errors.New("an element of the array is an integer; want lists of integers")
	}
	if n < math.MinInt32 || n > math.MaxInt32 {
		return fmt.Errorf("%d does not fit 32 bits", n)
	}
	list := &u.lists[top.n]
	switch {
	case list.from == list.to:
		*list = span{len(u.ints), len(u.ints)}
	case list.to != len(u.ints):
		return errors.New("a list goes on after another was begun, which Python never writes")
	}
	u.ints = append(u.ints, int32(n))
	list.to = len(u.ints)
	return nil
}

func (u *unpickler) appendList(top *value, list int) error {
	if top.kind == kindInts {
		self := int(top.n)
		if s := u.lists[self]; u.outer >= 0 || s.from != s.to || self == list {
			return errors.New("a list stands in a list of integers")
		}
		u.outer = self
		top.kind = kindRows
	}
	if list == u.outer {
		return errors.New("a list stands in itself")
	}
	if len(u.order) == u.rows {
		return fmt.Errorf("it holds more lists than the array has rows (%d)", u.rows)
	}
	u.order = append(u.order, list)
	return nil
}
