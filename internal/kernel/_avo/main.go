// Command _avo writes the assembly of package kernel: run it with go generate
// in that package. Every function gives the bits of its namesake in plain Go,
// which says what it computes.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	gemm()
	transpose()
	gather()
	scatterAdd()
	sumRows()
	elementwise()
	activations()
	lstm()
	gru()
	updates()
	Generate()
}

const (
	lanes = 16
	width = 8 // float32 in a register
	bytes = 4 * width
)

// constants are made once, eight times side by side.
var constants = map[uint32]Mem{}

// f32 is a constant in memory, in all eight places.
func f32(v float32) Mem { return u32(bits(v)) }

// loop runs body, which does one register of values, while i < n; i counts
// bytes, and so does n, a multiple of a register's. loop2 does two registers.
func loop(name string, n Register, body func(i Register))  { loopBy(name, n, bytes, body) }
func loop2(name string, n Register, body func(i Register)) { loopBy(name, n, 2*bytes, body) }

func loopBy(name string, n Register, step uint64, body func(i Register)) {
	i := GP64()
	XORQ(i, i)
	TESTQ(n, n)
	JZ(LabelRef(name + "_done"))
	Label(name)
	body(i)
	ADDQ(Imm(step), i)
	CMPQ(i, n)
	JLT(LabelRef(name))
	Label(name + "_done")
}

// at is the i-th byte behind a pointer, and beyond is one register further.
func at(p, i Register) Mem     { return Mem{Base: p, Index: i, Scale: 1} }
func beyond(p, i Register) Mem { return Mem{Base: p, Index: i, Scale: 1, Disp: bytes} }

// param loads an argument, a length in bytes.
func param(name string) Register  { return Load(Param(name), GP64()) }
func length(name string) Register { n := param(name); SHLQ(Imm(2), n); return n }
func load(m Mem) VecVirtual       { r := YMM(); VMOVUPS(m, r); return r }
func store(r Op, m Mem)           { VMOVUPS(r, m) }
func text(name, signature, doc string) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(doc)
}
func done() { VZEROUPPER(); RET() }
