package main

import (
	"fmt"
	"slices"
)

// reg is a register that has no number yet: of vectors ('V') or of integers
// ('R').
type reg struct {
	class       byte
	first, last int // instructions that name it
	number      int
}

func (r *reg) String() string {
	if r.class == 'V' {
		return fmt.Sprint(r.number)
	}
	return fmt.Sprintf("R%d", r.number)
}

// instruction is a line of assembly: a format and its arguments.
type instruction struct {
	format string
	args   []any
	word   uint32 // not 0: an encoding to be completed by d, n and m
}

func (in instruction) String() string {
	text := fmt.Sprintf(in.format, in.args...)
	switch {
	case in.word != 0:
		w := in.word
		for i, shift := range []int{0, 5, 16}[:len(in.args)] {
			w |= uint32(in.args[i].(*reg).number) << shift
		}
		return fmt.Sprintf("\tWORD $0x%08x // %s", w, text)
	case text[len(text)-1] == ':':
		return "\n" + text
	}
	return "\t" + text
}

// asm is a function's code as it grows.
type asm struct {
	file   *file
	params map[string]int
	code   []instruction
	labels map[string]int
	loops  [][2]int // jumps back: from the second to the first
	table  *reg     // address of the constants
}

func (a *asm) op(format string, args ...any) {
	a.code = append(a.code, instruction{format: format, args: args})
}

// word emits an instruction that Go's assembler has no name for. Its registers
// are d, n and m, in this order in format too, as ARM writes them.
func (a *asm) word(code uint32, format string, regs ...*reg) {
	in := instruction{format: format, word: code}
	for _, r := range regs {
		in.args = append(in.args, r)
	}
	a.code = append(a.code, in)
}

func (a *asm) label(name string) {
	if a.labels == nil {
		a.labels = map[string]int{}
	}
	a.labels[name] = len(a.code)
	a.op(name + ":")
}

// jump emits a branch instruction to a label, before it or behind.
func (a *asm) jump(branch, label string) {
	if at, ok := a.labels[label]; ok {
		a.loops = append(a.loops, [2]int{at, len(a.code)})
	}
	a.op(branch + " " + label)
}

func (a *asm) vec() *reg { return &reg{class: 'V'} }
func (a *asm) gp() *reg  { return &reg{class: 'R'} }

// param loads an argument; length one that counts float32, in bytes.
func (a *asm) param(name string) *reg {
	r := a.gp()
	a.op("MOVD %s+%d(FP), %v", name, a.params[name], r)
	return r
}

func (a *asm) length(name string) *reg {
	r := a.param(name)
	a.op("LSL $2, %v", r)
	return r
}

// constants has the address of the constants.
func (a *asm) constants() *reg {
	if a.table == nil {
		a.table = a.gp()
		a.op("MOVD $constants<>(SB), %v", a.table)
	}
	return a.table
}

// numbers are those that a class may use; R18 and R26 up have other duties.
func numbers(class byte) []int {
	var out []int
	for i := range 32 {
		if class == 'V' || i < 26 && i != 18 {
			out = append(out, i)
		}
	}
	return out
}

// allocate gives the registers their numbers: each holds its own from the
// first instruction that names it to the last, and through a loop that it was
// carried into.
func (a *asm) allocate() {
	var all []*reg
	for i, in := range a.code {
		for _, arg := range in.args {
			r, ok := arg.(*reg)
			if !ok {
				continue
			}
			if !slices.Contains(all, r) {
				r.first = i
				all = append(all, r)
			}
			r.last = i
		}
	}
	for range a.loops { // loops within loops
		for _, l := range a.loops {
			for _, r := range all {
				if r.first < l[0] && r.last >= l[0] && r.last < l[1] {
					r.last = l[1]
				}
			}
		}
	}
	for _, class := range []byte("VR") {
		free := numbers(class)
		var held []*reg
		for _, r := range all {
			if r.class != class {
				continue
			}
			held = slices.DeleteFunc(held, func(h *reg) bool {
				if h.last >= r.first {
					return false
				}
				free = append(free, h.number)
				return true
			})
			if len(free) == 0 {
				panic(fmt.Sprintf("out of %c registers at %v", class, a.code[r.first].format))
			}
			r.number, free = free[0], free[1:] // the one that has rested longest
			held = append(held, r)
		}
	}
}
