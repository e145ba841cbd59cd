package main

import "fmt"

// panel is a shape of Gemm: so many columns, and so many rows at a time. Their
// sums stay in registers, and there must be enough of them to hide the latency
// of a multiply-add.
type panel struct{ cols, rows int }

// gemm writes one function for each width of a panel, the odd ones for what is
// left at the right edge: they touch no value behind it.
func gemm(f *file) {
	for _, p := range []panel{{16, 6}, {8, 8}, {4, 8}, {3, 4}, {2, 4}, {1, 8}} {
		f.function(fmt.Sprintf("gemm%dNEON", p.cols),
			"m int, k int, c *float32, ldc int, a *float32, ars int, acs int, b *float32, ldb int",
			fmt.Sprintf("gemm%dNEON is Gemm for %d columns; m and k are not 0.", p.cols, p.cols),
			func(a *asm) { newProduct(a, p).rowBlocks() })
	}
}

// product is a Gemm function at work.
type product struct {
	*asm
	panel
	m, k, c, ldc, a, ars, acs, b, ldb *reg
}

func newProduct(a *asm, p panel) product {
	return product{asm: a, panel: p, m: a.param("m"), k: a.param("k"), c: a.param("c"), ldc: a.length("ldc"),
		a: a.param("a"), ars: a.length("ars"), acs: a.length("acs"), b: a.param("b"), ldb: a.length("ldb")}
}

// rowBlocks does whole blocks of rows, then those that are left.
func (p product) rowBlocks() {
	p.label("rows")
	p.op("CMP $%d, %v", p.rows, p.m)
	p.jump("BLT", "rest")
	p.block(p.rows)
	p.op("SUB $%d, %v", p.rows, p.m)
	p.jump("B", "rows")
	p.label("rest")
	for r := 1; r < p.rows; r++ {
		p.op("CMP $%d, %v", r, p.m)
		p.jump("BEQ", fmt.Sprintf("rest%d", r))
	}
	for r := 1; r < p.rows; r++ {
		p.op("RET")
		p.label(fmt.Sprintf("rest%d", r))
		p.block(r)
	}
}

// block does rows rows and moves c and a on to the next.
func (p product) block(rows int) {
	sums := make([][]*reg, rows)
	out := p.gp()
	p.op("MOVD %v, %v", p.c, out)
	for r := range sums {
		sums[r] = p.loadRow(out)
		p.op("ADD %v, %v", p.ldc, out)
	}
	// Row r of a begins at at[r]; all have come i bytes far.
	at := []*reg{p.a}
	for range rows {
		next := p.gp()
		p.op("ADD %v, %v, %v", p.ars, at[len(at)-1], next)
		at = append(at, next)
	}
	i, b, k := p.gp(), p.gp(), p.gp()
	p.op("MOVD ZR, %v", i)
	p.op("MOVD %v, %v", p.b, b)
	p.op("MOVD %v, %v", p.k, k)
	depth := fmt.Sprintf("depth%d", rows)
	p.label(depth)
	row := p.loadRow(b)
	for r, acc := range sums {
		v := p.vec()
		p.op("FMOVS (%v)(%v), F%v", at[r], i, v)
		for j := range acc {
			p.word(0x4f801000, "fmla v%v.4s, v%v.4s, v%v.s[0]", acc[j], row[j], v)
		}
	}
	p.op("ADD %v, %v", p.acs, i)
	p.op("ADD %v, %v", p.ldb, b)
	p.op("SUBS $1, %v", k)
	p.jump("BNE", depth)
	p.op("MOVD %v, %v", at[rows], p.a)
	for _, acc := range sums {
		p.storeRow(p.c, acc)
		p.op("ADD %v, %v", p.ldc, p.c)
	}
}

// loadRow loads the panel's columns of the row at p.
func (p product) loadRow(at *reg) []*reg {
	row := make([]*reg, (p.cols+3)/4)
	for j := range row {
		row[j] = p.vec()
	}
	switch p.cols {
	case 1:
		p.op("FMOVS (%v), F%v", at, row[0])
	case 2, 3:
		p.op("FMOVD (%v), F%v", at, row[0])
	case 4:
		p.op("FMOVQ (%v), F%v", at, row[0])
	default:
		for j := 0; j < len(row); j += 2 {
			p.op("FLDPQ %d(%v), (F%v, F%v)", j*bytes, at, row[j], row[j+1])
		}
	}
	if p.cols == 3 {
		third := p.gp()
		p.op("ADD $8, %v, %v", at, third)
		p.op("VLD1 (%v), V%v.S[2]", third, row[0])
	}
	return row
}

// storeRow is loadRow's reverse.
func (p product) storeRow(at *reg, row []*reg) {
	switch p.cols {
	case 1:
		p.op("FMOVS F%v, (%v)", row[0], at)
	case 2, 3:
		p.op("FMOVD F%v, (%v)", row[0], at)
	case 4:
		p.op("FMOVQ F%v, (%v)", row[0], at)
	default:
		for j := 0; j < len(row); j += 2 {
			p.op("FSTPQ (F%v, F%v), %d(%v)", row[j], row[j+1], j*bytes, at)
		}
	}
	if p.cols == 3 {
		third := p.gp()
		p.op("ADD $8, %v, %v", at, third)
		p.op("VST1 V%v.S[2], (%v)", row[0], third)
	}
}
