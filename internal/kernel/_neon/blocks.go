package main

// transposed4 turns four registers by four lanes.
func (a *asm) transposed4(r [4]*reg) (out [4]*reg) {
	var t [4]*reg
	for i := range 2 { // pairs of rows: lanes 0 and 2, lanes 1 and 3
		t[i], t[i+2] = a.vec(), a.vec()
		a.op("VTRN1 V%v.S4, V%v.S4, V%v.S4", r[2*i+1], r[2*i], t[i])
		a.op("VTRN2 V%v.S4, V%v.S4, V%v.S4", r[2*i+1], r[2*i], t[i+2])
	}
	for i := range 2 {
		out[i], out[i+2] = a.vec(), a.vec()
		a.op("VTRN1 V%v.D2, V%v.D2, V%v.D2", t[2*i+1], t[2*i], out[i])
		a.op("VTRN2 V%v.D2, V%v.D2, V%v.D2", t[2*i+1], t[2*i], out[i+2])
	}
	return out
}

func (a *asm) loadQ(offset int, at *reg) *reg {
	v := a.vec()
	a.op("FMOVQ %d(%v), F%v", offset, at, v)
	return v
}

func (a *asm) storeQ(v *reg, offset int, at *reg) { a.op("FMOVQ F%v, %d(%v)", v, offset, at) }

// transpose does four rows at a time; the rest is left to Go.
func transpose(f *file) {
	f.function("transposeNEON", "dst *float32, src *float32, rows int, stride int",
		"transposeNEON is Transpose for rows rows, a multiple of 4 and not 0, of a dst with stride values a row.",
		func(a *asm) {
			dst, src, rows, stride := a.param("dst"), a.param("src"), a.param("rows"), a.length("stride")
			a.label("rows")
			out := a.gp()
			a.op("MOVD %v, %v", dst, out)
			for q := range lanes / 4 {
				var r [4]*reg
				for i := range r {
					r[i] = a.loadQ((i*lanes+4*q)*4, src)
				}
				for _, v := range a.transposed4(r) {
					a.storeQ(v, 0, out)
					a.op("ADD %v, %v", stride, out)
				}
			}
			a.op("ADD $%d, %v", bytes, dst)
			a.op("ADD $%d, %v", 4*lanes*4, src)
			a.op("SUBS $4, %v", rows)
			a.jump("BNE", "rows")
		})
}

// gather does four columns at a time; the rest is left to Go.
func gather(f *file) {
	f.function("gatherNEON", "dst *float32, table *float32, ids *int32, cols int, stride int",
		"gatherNEON is Gather for cols columns, a multiple of 4 and not 0, of a table with stride values a row.",
		func(a *asm) {
			dst, table, ids, cols, stride := a.param("dst"), a.param("table"), a.param("ids"), a.param("cols"), a.length("stride")
			quad := a.gp() // four lanes
			a.op("MOVD $%d, %v", lanes/4, quad)
			a.label("lanes")
			var rows [4]*reg
			for i := range rows {
				rows[i] = a.gp()
				a.op("MOVW %d(%v), %v", 4*i, ids, rows[i])
				a.op("MUL %v, %v", stride, rows[i])
				a.op("ADD %v, %v", table, rows[i])
			}
			out, n := a.gp(), a.gp()
			a.op("MOVD %v, %v", dst, out)
			a.op("MOVD %v, %v", cols, n)
			a.label("columns")
			var r [4]*reg
			for i, at := range rows {
				r[i] = a.vec()
				a.op("FMOVQ.P %d(%v), F%v", bytes, at, r[i])
			}
			for i, v := range a.transposed4(r) {
				a.storeQ(v, i*lanes*4, out)
			}
			a.op("ADD $%d, %v", 4*lanes*4, out)
			a.op("SUBS $4, %v", n)
			a.jump("BNE", "columns")
			a.op("ADD $16, %v", ids)
			a.op("ADD $%d, %v", bytes, dst)
			a.op("SUBS $1, %v", quad)
			a.jump("BNE", "lanes")
		})
}

// scatterAdd does four columns at a time; the rest is left to Go.
func scatterAdd(f *file) {
	f.function("scatterAddNEON", "table *float32, ids *int32, y *float32, cols int, stride int",
		"scatterAddNEON is ScatterAdd for cols columns, a multiple of 4 and not 0, of rows of stride values.",
		func(a *asm) {
			table, ids, y, cols, stride := a.param("table"), a.param("ids"), a.param("y"), a.param("cols"), a.length("stride")
			lane := a.gp()
			a.op("MOVD $%d, %v", lanes, lane)
			a.label("lanes")
			row, from, n := a.gp(), a.gp(), a.gp()
			a.op("MOVW.P 4(%v), %v", ids, row)
			a.op("MUL %v, %v", stride, row)
			a.op("ADD %v, %v", table, row)
			a.op("MOVD %v, %v", y, from)
			a.op("MOVD %v, %v", cols, n)
			a.label("columns")
			sum, v := a.loadQ(0, row), a.vec()
			a.op("FMOVQ.P %d(%v), F%v", bytes, from, v)
			a.add(sum, sum, v)
			a.op("FMOVQ.P F%v, %d(%v)", sum, bytes, row)
			a.op("SUBS $4, %v", n)
			a.jump("BNE", "columns")
			a.op("ADD %v, %v", stride, y)
			a.op("SUBS $1, %v", lane)
			a.jump("BNE", "lanes")
		})
}

// sumRows does sixteen columns at a time, then four; the rest is left to Go.
func sumRows(f *file) {
	f.function("sumRowsNEON", "dst *float32, y *float32, cols int, ld int, rows int",
		"sumRowsNEON is SumRows for cols columns, a multiple of 4; rows is not 0.",
		func(a *asm) {
			dst, y, cols, ld, rows := a.param("dst"), a.param("y"), a.param("cols"), a.length("ld"), a.param("rows")
			part := func(name, next string, regs int) {
				a.label(name)
				a.op("CMP $%d, %v", 4*regs, cols)
				a.jump("BLT", next)
				sums := make([]*reg, regs)
				for i := range sums {
					sums[i] = a.loadQ(i*bytes, dst)
				}
				from, n := a.gp(), a.gp()
				a.op("MOVD %v, %v", y, from)
				a.op("MOVD %v, %v", rows, n)
				a.label(name + "_down")
				for i, s := range sums {
					a.add(s, s, a.loadQ(i*bytes, from))
				}
				a.op("ADD %v, %v", ld, from)
				a.op("SUBS $1, %v", n)
				a.jump("BNE", name+"_down")
				for i, s := range sums {
					a.storeQ(s, i*bytes, dst)
				}
				a.op("ADD $%d, %v", regs*bytes, dst)
				a.op("ADD $%d, %v", regs*bytes, y)
				a.op("SUB $%d, %v", 4*regs, cols)
				a.jump("B", name)
			}
			part("columns16", "columns4", 4)
			part("columns4", "done", 1)
			a.label("done")
		})
}

// spread are the kernels that take one value for all lanes of a row.
func spread(f *file) {
	each := func(name, doc string, body func(a *asm, dst, v *reg)) {
		f.function(name, "dst *float32, src *float32, rows int", doc, func(a *asm) {
			dst, src, rows := a.param("dst"), a.param("src"), a.param("rows")
			a.label("rows")
			v := a.vec()
			a.op("VLD1R.P 4(%v), [V%v.S4]", src, v)
			body(a, dst, v)
			a.op("ADD $%d, %v", lanes*4, dst)
			a.op("SUBS $1, %v", rows)
			a.jump("BNE", "rows")
		})
	}
	each("broadcastNEON", "broadcastNEON is Broadcast for rows rows, not 0.", func(a *asm, dst, v *reg) {
		for i := 0; i < 4; i += 2 {
			a.op("FSTPQ (F%v, F%v), %d(%v)", v, v, i*bytes, dst)
		}
	})
	each("addBiasNEON", "addBiasNEON is AddBias for rows rows, not 0.", func(a *asm, dst, v *reg) {
		for i := range 4 {
			sum := a.loadQ(i*bytes, dst)
			a.add(sum, sum, v)
			a.storeQ(sum, i*bytes, dst)
		}
	})
}

// elementwise are the sums and products of blocks.
func elementwise(f *file) {
	binary := func(name, doc string, body func(a *asm, dst, x, y *reg)) {
		f.function(name, "dst *float32, a *float32, b *float32, n int", doc+" for n values, a multiple of 8 and not 0.", func(a *asm) {
			dst, x, y := a.param("dst"), a.param("a"), a.param("b")
			a.loop(func() { body(a, dst, x, y) }, dst, x, y)
		})
	}
	binary("addNEON", "addNEON is dst = a+b", func(a *asm, dst, x, y *reg) {
		a.store(a.plus(a.load(x), a.load(y)), dst)
	})
	binary("mulNEON", "mulNEON is dst = a*b", func(a *asm, dst, x, y *reg) {
		a.store(a.times(a.load(x), a.load(y)), dst)
	})
	binary("mulAddToNEON", "mulAddToNEON is dst += a*b", func(a *asm, dst, x, y *reg) {
		a.store(a.fma(a.load(x), a.load(y), a.load(dst)), dst)
	})
}
