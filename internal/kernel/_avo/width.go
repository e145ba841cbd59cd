package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// width is how many float32 a register holds.
type width int

const (
	avx2   width = 8  // YMM
	avx512 width = 16 // ZMM
)

func (w width) bytes() int { return 4 * int(w) }

// reg is a new register.
func (w width) reg() VecVirtual {
	if w == avx512 {
		return ZMM()
	}
	return YMM()
}

func (w width) load(m Mem) VecVirtual { r := w.reg(); VMOVUPS(m, r); return r }

func store(r Op, m Mem) { VMOVUPS(r, m) }

// zero is a register of zeros.
func (w width) zero() VecVirtual {
	z := w.reg()
	VXORPS(z, z, z)
	return z
}

// A constant stands in memory once for every value of AVX2's registers. An
// instruction of AVX-512 takes the first and spreads it.
var constants = map[uint32]Mem{}

func u32(v uint32) Mem {
	if m, ok := constants[v]; ok {
		return m
	}
	m := GLOBL(fmt.Sprintf("c_%08x", v), RODATA|NOPTR)
	for i := range int(avx2) {
		DATA(4*i, U32(v))
	}
	constants[v] = m
	return m
}

func f32(v float32) Mem { return u32(math.Float32bits(v)) }

// constant loads a constant into a register.
func (w width) constant(m Mem) VecVirtual {
	if w == avx512 {
		r := ZMM()
		VBROADCASTSS(m, r)
		return r
	}
	return w.load(m)
}

// atLeast is the mask of the values of x from limit on; NaN is not.
func (w width) atLeast(x, limit VecVirtual) (mask Op) {
	const greaterOrEqual = 0x1d // quietly
	if w == avx512 {
		k := K()
		VCMPPS(Imm(greaterOrEqual), limit, x, k)
		return k
	}
	m := YMM()
	VCMPPS(Imm(greaterOrEqual), limit, x, m)
	return m
}

// negative is the mask of the values of x with a minus sign.
func (w width) negative(x VecVirtual) (mask Op) {
	if w == avx512 {
		k := K()
		VPMOVD2M(x, k)
		return k
	}
	return x
}

// choose sets dst to a where mask is set, and to b elsewhere.
func (w width) choose(mask Op, a, b, dst VecVirtual) {
	if w == avx512 {
		VBLENDMPS(a, b, mask, dst)
		return
	}
	VBLENDVPS(mask, a, b, dst)
}

// function begins a function; its name ends in the set's.
func (w width) function(name, signature, doc string) {
	name += map[width]string{avx2: "AVX2", avx512: "AVX512"}[w]
	TEXT(name, 0, signature)
	Pragma("noescape")
	Doc(name + " is " + doc)
}

// done ends a function.
func done() { VZEROUPPER(); RET() }

// param loads an argument, length one in bytes.
func param(name string) Register  { return Load(Param(name), GP64()) }
func length(name string) Register { n := param(name); SHLQ(Imm(2), n); return n }

// multiple says that there are n of something, whole registers of it.
func (w width) multiple(n string) string { return fmt.Sprintf("%s, a multiple of %d", n, w) }

// loop runs body for every register of n bytes; i counts bytes.
func (w width) loop(name string, n Register, body func(i Register)) {
	i := GP64()
	XORQ(i, i)
	TESTQ(n, n)
	JZ(LabelRef(name + "_done"))
	Label(name)
	body(i)
	ADDQ(Imm(uint64(w.bytes())), i)
	CMPQ(i, n)
	JLT(LabelRef(name))
	Label(name + "_done")
}

// at is the i-th byte behind a pointer.
func at(p, i Register) Mem { return Mem{Base: p, Index: i, Scale: 1} }
