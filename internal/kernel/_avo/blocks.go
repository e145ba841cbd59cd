package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// transposed8 turns eight registers of eight values.
func transposed8(r [8]VecVirtual) (out [8]VecVirtual) {
	var t, u [8]VecVirtual
	for i := 0; i < 8; i += 2 {
		t[i], t[i+1] = YMM(), YMM()
		VUNPCKLPS(r[i+1], r[i], t[i])
		VUNPCKHPS(r[i+1], r[i], t[i+1])
	}
	for i := 0; i < 8; i += 4 {
		for j := range 2 {
			u[i+2*j], u[i+2*j+1] = YMM(), YMM()
			VSHUFPS(Imm(0x44), t[i+2+j], t[i+j], u[i+2*j])
			VSHUFPS(Imm(0xee), t[i+2+j], t[i+j], u[i+2*j+1])
		}
	}
	for i := range 4 {
		out[i], out[i+4] = YMM(), YMM()
		VPERM2F128(Imm(0x20), u[i+4], u[i], out[i])
		VPERM2F128(Imm(0x31), u[i+4], u[i], out[i+4])
	}
	return out
}

// transpose does eight rows at a time; the rest is left to Go.
func transpose() {
	text("transposeAVX2", "func(dst, src *float32, rows int, stride int)",
		"transposeAVX2 is Transpose for rows rows, a multiple of 8, of a dst with stride values a row.")
	dst, src, rows, stride := param("dst"), param("src"), param("rows"), length("stride")
	stride3 := GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, stride3)
	Label("rows8")
	for half := range 2 {
		var r [8]VecVirtual
		for i := range r {
			r[i] = load(Mem{Base: src, Disp: i*lanes*4 + half*bytes})
		}
		p := GP64()
		if half == 0 {
			MOVQ(dst, p)
		} else {
			LEAQ(Mem{Base: dst, Index: stride, Scale: 8}, p)
		}
		for i, v := range transposed8(r) {
			switch i % 4 {
			case 0:
				store(v, Mem{Base: p})
			case 3:
				store(v, Mem{Base: p, Index: stride3, Scale: 1})
				LEAQ(Mem{Base: p, Index: stride, Scale: 4}, p)
			default:
				store(v, Mem{Base: p, Index: stride, Scale: uint8(i % 4)})
			}
		}
	}
	ADDQ(U32(8*lanes*4), src)
	ADDQ(Imm(bytes), dst)
	SUBQ(Imm(8), rows)
	JNZ(LabelRef("rows8"))
	done()
}

// gather does eight columns at a time; the rest is left to Go.
func gather() {
	text("gatherAVX2", "func(dst, table *float32, ids *int32, cols int, stride int)",
		"gatherAVX2 is Gather for cols columns, a multiple of 8, of a table with stride values a row.")
	dst, table, ids, cols, stride := param("dst"), param("table"), param("ids"), param("cols"), length("stride")
	for half := range 2 {
		label := []string{"lower", "upper"}[half]
		p, at, n := GP64(), GP64(), GP64()
		MOVQ(dst, p)
		MOVQ(table, at)
		MOVQ(cols, n)
		Label(label)
		var r [8]VecVirtual
		for i := range r {
			id := GP64()
			MOVLQSX(Mem{Base: ids, Disp: (half*8 + i) * 4}, id)
			IMULQ(stride, id)
			r[i] = load(Mem{Base: at, Index: id, Scale: 1})
		}
		for i, v := range transposed8(r) {
			store(v, Mem{Base: p, Disp: i*lanes*4 + half*bytes})
		}
		ADDQ(U32(8*lanes*4), p)
		ADDQ(Imm(bytes), at)
		SUBQ(Imm(8), n)
		JNZ(LabelRef(label))
	}
	done()
}

// scatterAdd does eight columns at a time; the rest is left to Go.
func scatterAdd() {
	text("scatterAddAVX2", "func(table *float32, ids *int32, y *float32, cols int, stride int)",
		"scatterAddAVX2 is ScatterAdd for cols columns, a multiple of 8, of rows of stride values.")
	table, ids, y, cols, stride := param("table"), param("ids"), param("y"), length("cols"), length("stride")
	lane := GP64()
	MOVQ(U32(lanes), lane)
	Label("lanes")
	row := GP64()
	MOVLQSX(Mem{Base: ids}, row)
	IMULQ(stride, row)
	ADDQ(table, row)
	i := GP64()
	XORQ(i, i)
	Label("columns")
	sum := load(at(row, i))
	VADDPS(at(y, i), sum, sum)
	store(sum, at(row, i))
	ADDQ(Imm(bytes), i)
	CMPQ(i, cols)
	JLT(LabelRef("columns"))
	ADDQ(Imm(4), ids)
	ADDQ(stride, y)
	DECQ(lane)
	JNZ(LabelRef("lanes"))
	done()
}

// sumRows does eight columns at a time; the rest is left to Go.
func sumRows() {
	text("sumRowsAVX2", "func(dst, y *float32, cols, ld, rows int)", "sumRowsAVX2 is SumRows for cols columns, a multiple of 8.")
	dst, y, cols, ld, rows := param("dst"), param("y"), param("cols"), length("ld"), param("rows")
	Label("columns")
	sum := load(Mem{Base: dst})
	p, n := GP64(), GP64()
	MOVQ(y, p)
	MOVQ(rows, n)
	Label("rows")
	VADDPS(Mem{Base: p}, sum, sum)
	ADDQ(ld, p)
	DECQ(n)
	JNZ(LabelRef("rows"))
	store(sum, Mem{Base: dst})
	ADDQ(Imm(bytes), dst)
	ADDQ(Imm(bytes), y)
	SUBQ(Imm(8), cols)
	JNZ(LabelRef("columns"))
	done()
}

// elementwise are the sums and products of blocks.
func elementwise() {
	binary := func(name, doc string, body func(dst, a, b Mem, v VecVirtual)) {
		text(name, "func(dst, a, b *float32, n int)", doc)
		dst, a, b, n := param("dst"), param("a"), param("b"), length("n")
		loop("values", n, func(i Register) {
			body(at(dst, i), at(a, i), at(b, i), YMM())
		})
		done()
	}
	binary("addAVX2", "addAVX2 is dst = a+b for n values, a multiple of 8.", func(dst, a, b Mem, v VecVirtual) {
		VMOVUPS(a, v)
		VADDPS(b, v, v)
		store(v, dst)
	})
	binary("mulAVX2", "mulAVX2 is dst = a*b for n values, a multiple of 8.", func(dst, a, b Mem, v VecVirtual) {
		VMOVUPS(a, v)
		VMULPS(b, v, v)
		store(v, dst)
	})
	binary("mulAddToAVX2", "mulAddToAVX2 is dst += a*b for n values, a multiple of 8.", func(dst, a, b Mem, v VecVirtual) {
		sum := load(dst)
		VMOVUPS(a, v)
		VFMADD231PS(b, v, sum)
		store(sum, dst)
	})
}
