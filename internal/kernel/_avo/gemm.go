package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const gemmRows = 6 // 6 rows of 2 registers, and 3 to work with

// gemm writes two functions: for 16 columns, and for fewer with a mask.
func gemm() {
	for _, masked := range []bool{false, true} {
		name, args := "gemm16AVX2", ""
		if masked {
			name, args = "gemmTailAVX2", ", mask *int32"
		}
		text(name, "func(m, k int, c *float32, ldc int, a *float32, ars, acs int, b *float32, ldb int"+args+")",
			name+" is Gemm for 16 columns (with a mask, the first few of them).")
		g := gemmArgs{
			m: param("m"), k: param("k"), c: param("c"), ldc: length("ldc"), a: param("a"), ars: length("ars"),
			acs: length("acs"), b: param("b"), ldb: length("ldb"),
		}
		if masked {
			p := param("mask")
			g.mask = []VecVirtual{YMM(), YMM()}
			VMOVUPS(Mem{Base: p}, g.mask[0])
			VMOVUPS(Mem{Base: p, Disp: bytes}, g.mask[1])
		}
		rows := gemmRows
		if masked {
			rows = 5 // two registers are taken by the mask
		}
		Label("rows")
		CMPQ(g.m, Imm(uint64(rows)))
		JLT(LabelRef("rest"))
		g.block(rows)
		SUBQ(Imm(uint64(rows)), g.m)
		JMP(LabelRef("rows"))
		Label("rest")
		for r := 1; r < rows; r++ {
			CMPQ(g.m, Imm(uint64(r)))
			JEQ(LabelRef(fmt.Sprintf("rest%d", r)))
		}
		done()
		for r := 1; r < rows; r++ {
			Label(fmt.Sprintf("rest%d", r))
			g.block(r)
			done()
		}
	}
}

type gemmArgs struct {
	m, k, c, ldc, a, ars, acs, b, ldb Register
	mask                              []VecVirtual
}

// block does rows rows of 16 columns and moves c and a on to the next.
func (g gemmArgs) block(rows int) {
	var acc [gemmRows][2]VecVirtual
	out := GP64()
	MOVQ(g.c, out)
	for r := range rows {
		for h := range 2 {
			acc[r][h] = YMM()
			m := Mem{Base: out, Disp: h * bytes}
			if g.mask == nil {
				VMOVUPS(m, acc[r][h])
			} else {
				VMASKMOVPS(m, g.mask[h], acc[r][h])
			}
		}
		ADDQ(g.ldc, out)
	}
	// Rows 0 to 2 are addressed from p0, 3 to 5 from p3.
	p0, p3, pb, k := GP64(), GP64(), GP64(), GP64()
	MOVQ(g.a, p0)
	LEAQ(Mem{Base: g.a, Index: g.ars, Scale: 2}, p3)
	ADDQ(g.ars, p3)
	MOVQ(g.b, pb)
	MOVQ(g.k, k)
	label := fmt.Sprintf("depth%d", rows)
	Label(label)
	b0, b1, v := YMM(), YMM(), YMM()
	if g.mask == nil {
		VMOVUPS(Mem{Base: pb}, b0)
		VMOVUPS(Mem{Base: pb, Disp: bytes}, b1)
	} else {
		VMASKMOVPS(Mem{Base: pb}, g.mask[0], b0)
		VMASKMOVPS(Mem{Base: pb, Disp: bytes}, g.mask[1], b1)
	}
	for r := range rows {
		p := p0
		if r >= 3 {
			p = p3
		}
		m := Mem{Base: p}
		if r%3 > 0 {
			m.Index, m.Scale = g.ars, uint8(r%3)
		}
		VBROADCASTSS(m, v)
		VFMADD231PS(b0, v, acc[r][0])
		VFMADD231PS(b1, v, acc[r][1])
	}
	ADDQ(g.acs, p0)
	ADDQ(g.acs, p3)
	ADDQ(g.ldb, pb)
	DECQ(k)
	JNZ(LabelRef(label))
	MOVQ(g.c, out)
	for r := range rows {
		for h := range 2 {
			m := Mem{Base: out, Disp: h * bytes}
			if g.mask == nil {
				VMOVUPS(acc[r][h], m)
			} else {
				VMASKMOVPS(acc[r][h], g.mask[h], m)
			}
		}
		ADDQ(g.ldc, out)
	}
	MOVQ(out, g.c)
	for range rows {
		ADDQ(g.ars, g.a)
	}
}
