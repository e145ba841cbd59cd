package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// transposed turns as many registers as one holds values.
func (w width) transposed(r []VecVirtual) []VecVirtual {
	// Four by four first, in every quarter (AVX2: half) of the registers: u[i]
	// has columns i%4, 4+i%4, ... of rows i/4*4 to i/4*4+3.
	u := make([]VecVirtual, w)
	for i := 0; i < int(w); i += 4 {
		var t [4]VecVirtual
		for j := range 2 {
			t[j], t[2+j] = w.reg(), w.reg()
			VUNPCKLPS(r[i+2*j+1], r[i+2*j], t[j])
			VUNPCKHPS(r[i+2*j+1], r[i+2*j], t[2+j])
		}
		for j := range 2 {
			u[i+2*j], u[i+2*j+1] = w.reg(), w.reg()
			VSHUFPS(Imm(0x44), t[2*j+1], t[2*j], u[i+2*j])
			VSHUFPS(Imm(0xee), t[2*j+1], t[2*j], u[i+2*j+1])
		}
	}
	// Then the quarters are dealt out: number j of u[i], u[4+i], ... to out[4*j+i].
	out := make([]VecVirtual, w)
	for i := range 4 {
		if w == avx2 {
			out[i], out[4+i] = w.quarters(u[i], u[4+i])
			continue
		}
		even, odd := w.quarters(u[i], u[4+i])
		even2, odd2 := w.quarters(u[8+i], u[12+i])
		out[i], out[8+i] = w.quarters(even, even2)
		out[4+i], out[12+i] = w.quarters(odd, odd2)
	}
	return out
}

// quarters are the 128-bit parts of a and b that stand at even and odd places.
func (w width) quarters(a, b VecVirtual) (even, odd VecVirtual) {
	even, odd = w.reg(), w.reg()
	if w == avx512 {
		VSHUFF32X4(Imm(0x88), b, a, even)
		VSHUFF32X4(Imm(0xdd), b, a, odd)
		return even, odd
	}
	VPERM2F128(Imm(0x20), b, a, even)
	VPERM2F128(Imm(0x31), b, a, odd)
	return even, odd
}

// transpose does a register of rows at a time; the rest is left to others.
func (w width) transpose() {
	w.function("transpose", "func(dst, src *float32, rows int, stride int)",
		"Transpose for "+w.multiple("rows rows")+", of a dst with stride values a row.")
	dst, src, rows, stride := param("dst"), param("src"), param("rows"), length("stride")
	stride3 := GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, stride3)
	Label("rows")
	for part := range lanes / int(w) {
		r := make([]VecVirtual, w)
		for i := range r {
			r[i] = w.load(Mem{Base: src, Disp: i*lanes*4 + part*w.bytes()})
		}
		p := GP64()
		if part == 0 {
			MOVQ(dst, p)
		} else {
			LEAQ(Mem{Base: dst, Index: stride, Scale: uint8(w)}, p)
		}
		for i, v := range w.transposed(r) {
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
	ADDQ(U32(int(w)*lanes*4), src)
	ADDQ(Imm(uint64(w.bytes())), dst)
	SUBQ(Imm(uint64(w)), rows)
	JNZ(LabelRef("rows"))
	done()
}

// gather does a register of columns at a time; the rest is left to others.
func (w width) gather() {
	w.function("gather", "func(dst, table *float32, ids *int32, cols int, stride int)",
		"Gather for "+w.multiple("cols columns")+", of a table with stride values a row.")
	dst, table, ids, cols, stride := param("dst"), param("table"), param("ids"), param("cols"), length("stride")
	for part := range lanes / int(w) {
		label := []string{"lower", "upper"}[part]
		p, from, n := GP64(), GP64(), GP64()
		MOVQ(dst, p)
		MOVQ(table, from)
		MOVQ(cols, n)
		Label(label)
		r := make([]VecVirtual, w)
		for i := range r {
			id := GP64()
			MOVLQSX(Mem{Base: ids, Disp: (part*int(w) + i) * 4}, id)
			IMULQ(stride, id)
			r[i] = w.load(Mem{Base: from, Index: id, Scale: 1})
		}
		for i, v := range w.transposed(r) {
			store(v, Mem{Base: p, Disp: i*lanes*4 + part*w.bytes()})
		}
		ADDQ(U32(int(w)*lanes*4), p)
		ADDQ(Imm(uint64(w.bytes())), from)
		SUBQ(Imm(uint64(w)), n)
		JNZ(LabelRef(label))
	}
	done()
}

// scatterAdd does a register of columns at a time; the rest is left to others.
func (w width) scatterAdd() {
	w.function("scatterAdd", "func(table *float32, ids *int32, y *float32, cols int, stride int)",
		"ScatterAdd for "+w.multiple("cols columns")+", of rows of stride values.")
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
	sum := w.load(at(row, i))
	VADDPS(at(y, i), sum, sum)
	store(sum, at(row, i))
	ADDQ(Imm(uint64(w.bytes())), i)
	CMPQ(i, cols)
	JLT(LabelRef("columns"))
	ADDQ(Imm(4), ids)
	ADDQ(stride, y)
	DECQ(lane)
	JNZ(LabelRef("lanes"))
	done()
}

// sumRows does a register of columns at a time; the rest is left to others.
func (w width) sumRows() {
	w.function("sumRows", "func(dst, y *float32, cols, ld, rows int)", "SumRows for "+w.multiple("cols columns")+".")
	dst, y, cols, ld, rows := param("dst"), param("y"), param("cols"), length("ld"), param("rows")
	Label("columns")
	sum := w.load(Mem{Base: dst})
	p, n := GP64(), GP64()
	MOVQ(y, p)
	MOVQ(rows, n)
	Label("rows")
	VADDPS(Mem{Base: p}, sum, sum)
	ADDQ(ld, p)
	DECQ(n)
	JNZ(LabelRef("rows"))
	store(sum, Mem{Base: dst})
	ADDQ(Imm(uint64(w.bytes())), dst)
	ADDQ(Imm(uint64(w.bytes())), y)
	SUBQ(Imm(uint64(w)), cols)
	JNZ(LabelRef("columns"))
	done()
}

// elementwise are the sums and products of blocks.
func (w width) elementwise() {
	binary := func(name, doc string, body func(dst, a, b Mem, v VecVirtual)) {
		w.function(name, "func(dst, a, b *float32, n int)", doc+" for "+w.multiple("n values")+".")
		dst, a, b, n := param("dst"), param("a"), param("b"), length("n")
		w.loop("values", n, func(i Register) {
			body(at(dst, i), at(a, i), at(b, i), w.reg())
		})
		done()
	}
	binary("add", "dst = a+b", func(dst, a, b Mem, v VecVirtual) {
		VMOVUPS(a, v)
		VADDPS(b, v, v)
		store(v, dst)
	})
	binary("mul", "dst = a*b", func(dst, a, b Mem, v VecVirtual) {
		VMOVUPS(a, v)
		VMULPS(b, v, v)
		store(v, dst)
	})
	binary("mulAddTo", "dst += a*b", func(dst, a, b Mem, v VecVirtual) {
		sum := w.load(dst)
		VMOVUPS(a, v)
		VFMADD231PS(b, v, sum)
		store(sum, dst)
	})
}

// spread are the kernels that take one value for all lanes of a row.
func (w width) spread() {
	rows := func(name, doc string, body func(row Mem, v VecVirtual)) {
		w.function(name, "func(dst, src *float32, rows int)", doc+" for rows rows, not 0.")
		dst, src, rows := param("dst"), param("src"), param("rows")
		Label("rows")
		v := w.reg()
		VBROADCASTSS(Mem{Base: src}, v)
		for part := range lanes / int(w) {
			body(Mem{Base: dst, Disp: part * w.bytes()}, v)
		}
		ADDQ(Imm(4), src)
		ADDQ(Imm(lanes*4), dst)
		DECQ(rows)
		JNZ(LabelRef("rows"))
		done()
	}
	rows("broadcast", "Broadcast", func(row Mem, v VecVirtual) { store(v, row) })
	rows("addBias", "AddBias", func(row Mem, v VecVirtual) {
		sum := w.reg()
		VADDPS(row, v, sum)
		store(sum, row)
	})
}

// selects are Select, by bits, of two blocks, and of one and zeros.
func (w width) selects() {
	w.choice("selectOf", "func(dst, a, b *float32, mask *int32, rows int)", "Select", []string{"a", "b"}, func(x []Mem, mask, v VecVirtual) {
		other := w.load(x[1])
		VXORPS(x[0], other, v)
		VANDPS(mask, v, v)
		VXORPS(other, v, v)
	})
	w.choice("keep", "func(dst, a *float32, mask *int32, rows int)", "Select with zeros for b", []string{"a"}, func(x []Mem, mask, v VecVirtual) {
		VANDPS(x[0], mask, v)
	})
	w.choice("drop", "func(dst, b *float32, mask *int32, rows int)", "Select with zeros for a", []string{"b"}, func(x []Mem, mask, v VecVirtual) {
		VANDNPS(x[0], mask, v)
	})
}

// choice is one of selects: body sets v to what stands in a register of dst.
func (w width) choice(name, signature, doc string, sources []string, body func(x []Mem, mask, v VecVirtual)) {
	w.function(name, signature, doc+", for rows rows, not 0.")
	dst, mask, rows := param("dst"), param("mask"), param("rows")
	from := make([]Register, len(sources))
	for i, s := range sources {
		from[i] = param(s)
	}
	masks := make([]VecVirtual, lanes/int(w))
	for part := range masks {
		masks[part] = w.load(Mem{Base: mask, Disp: part * w.bytes()})
	}
	Label("rows")
	for part, m := range masks {
		x := make([]Mem, len(from))
		for i, p := range from {
			x[i] = Mem{Base: p, Disp: part * w.bytes()}
		}
		v := w.reg()
		body(x, m, v)
		store(v, Mem{Base: dst, Disp: part * w.bytes()})
	}
	for _, p := range append([]Register{dst}, from...) {
		ADDQ(Imm(lanes*4), p)
	}
	DECQ(rows)
	JNZ(LabelRef("rows"))
	done()
}
