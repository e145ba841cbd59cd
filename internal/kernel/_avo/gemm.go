package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// product is one function: Gemm for as many columns as its registers hold. It
// takes the rows in blocks, whose sums stay in registers while it goes through
// the depth once.
type product struct {
	width
	name, doc string
	registers int   // for a row of a block
	blocks    []int // rows of a block, the greatest first
	rest      int   // at last comes one block of 1 to rest rows
	masked    bool  // there may be fewer columns
}

// gemm writes the products. A block takes most of the registers: 16 of AVX2, 32
// of AVX-512. Those of two registers a row load fewer values for each multiply-
// add; for 16 columns, a row is one register of AVX-512.
func (w width) gemm() {
	const someOf = "Gemm for the columns that mask tells"
	products := []product{
		{name: "gemm16", doc: "Gemm for 16 columns", registers: 2, blocks: []int{6}, rest: 5},
		{name: "gemm8", doc: "Gemm for 8 columns", registers: 1, blocks: []int{12}, rest: 11},
		{name: "gemmTail", doc: someOf, registers: 1, blocks: []int{12}, rest: 11, masked: true},
	}
	if w == avx512 {
		products = []product{
			{name: "gemm32", doc: "Gemm for 32 columns", registers: 2, blocks: []int{12, 6}, rest: 5},
			{name: "gemm16", doc: "Gemm for 16 columns", registers: 1, blocks: []int{24, 16, 8}, rest: 7},
			{name: "gemmTail", doc: someOf, registers: 1, blocks: []int{8}, rest: 7, masked: true},
		}
	}
	for _, p := range products {
		p.width = w
		p.write()
	}
}

// write writes the function: blocks of rows while they last, then the rest.
func (p product) write() {
	args := ""
	if p.masked {
		args = map[width]string{avx2: ", mask *int32", avx512: ", mask uint16"}[p.width]
	}
	p.function(p.name, "func(m, k int, c *float32, ldc int, a *float32, ars, acs int, b *float32, ldb int"+args+")", p.doc+".")
	g := gemm{product: p, c: param("c"), ldc: length("ldc"), a: param("a"), acs: length("acs"), ldb: length("ldb")}
	g.ars = oddMultiples(length("ars"), p.blocks[0])
	if p.masked {
		g.mask = p.loadMask()
	}
	for i, rows := range p.blocks {
		Label(fmt.Sprintf("rows%d", rows))
		CMPQ(slot("m"), U8(rows))
		if i+1 < len(p.blocks) {
			JLT(LabelRef(fmt.Sprintf("rows%d", p.blocks[i+1])))
		} else {
			JLT(LabelRef("rest"))
		}
		MOVQ(g.block(rows), g.c)
		g.skip(rows)
		SUBQ(U8(rows), slot("m"))
		JMP(LabelRef(fmt.Sprintf("rows%d", rows)))
	}
	Label("rest")
	for rows := 1; rows <= p.rest; rows++ {
		CMPQ(slot("m"), U8(rows))
		JEQ(LabelRef(fmt.Sprintf("rest%d", rows)))
	}
	done()
	for rows := 1; rows <= p.rest; rows++ {
		Label(fmt.Sprintf("rest%d", rows))
		g.block(rows)
		done()
	}
}

// gemm is a product's arguments in registers; those that are only needed
// outside the innermost loop stay where the caller put them.
type gemm struct {
	product
	c, ldc, a, acs, ldb Register
	ars                 map[int]Register // 1, 3, 5, 7 times ars
	mask                Op
}

// block does rows rows and returns where c's next one is.
func (g gemm) block(rows int) (next Register) {
	out := GP64()
	MOVQ(g.c, out)
	sums := make([][]VecVirtual, rows)
	for r := range sums {
		sums[r] = g.loadRow(out)
		ADDQ(g.ldc, out)
	}
	g.prefetch(rows, out)
	pa, pb, k := g.rowPointers(rows), GP64(), GP64()
	MOVQ(slot("b"), pb)
	MOVQ(slot("k"), k)
	label := fmt.Sprintf("depth%d", rows)
	Label(label)
	b := g.loadRow(pb)
	for r := range rows {
		g.multiplyAdd(sums[r], g.row(pa, r), b)
	}
	for _, p := range pa {
		ADDQ(g.acs, p)
	}
	ADDQ(g.ldb, pb)
	DECQ(k)
	JNZ(LabelRef(label))
	MOVQ(g.c, out)
	for r := range sums {
		g.storeRow(sums[r], out)
		ADDQ(g.ldc, out)
	}
	return out
}

// prefetch asks for the c that the next block begins with: in a tall c, its rows
// are too far apart for the processor to guess. (AVX2 goes along the rows of a
// large c.)
func (g gemm) prefetch(rows int, next Register) {
	if g.width != avx512 || rows != g.blocks[0] {
		return
	}
	p := GP64()
	MOVQ(next, p)
	for range rows {
		PREFETCHT0(Mem{Base: p})
		ADDQ(g.ldc, p)
	}
}

// multiplyAdd adds a value of a times a row of b to a row of sums.
func (g gemm) multiplyAdd(sums []VecVirtual, a Mem, b []VecVirtual) {
	if len(b) == 1 && g.width == avx512 {
		VFMADD231PS_BCST(a, b[0], sums[0])
		return
	}
	v := g.reg()
	VBROADCASTSS(a, v)
	for i := range b {
		VFMADD231PS(b[i], v, sums[i])
	}
}

// rowPointers point to a's first row and to every eighth behind it.
func (g gemm) rowPointers(rows int) []Register {
	p := []Register{GP64()}
	MOVQ(g.a, p[0])
	for r := 8; r < rows; r += 8 {
		next := GP64()
		LEAQ(g.behind(p[len(p)-1], 8), next)
		p = append(p, next)
	}
	return p
}

// row is row r of a.
func (g gemm) row(p []Register, r int) Mem {
	return g.behind(p[r/8], r%8)
}

// behind is what stands 0 to 8 rows of a behind p.
func (g gemm) behind(p Register, rows int) Mem {
	if rows == 0 {
		return Mem{Base: p}
	}
	scale := rows & -rows
	return Mem{Base: p, Index: g.ars[rows/scale], Scale: uint8(scale)}
}

// oddMultiples are 1, 3, 5 and 7 times x, up to limit times.
func oddMultiples(x Register, limit int) map[int]Register {
	out := map[int]Register{1: x}
	for n := 3; n <= min(limit, 7); n += 2 {
		out[n] = GP64()
		if n == 7 {
			LEAQ(Mem{Base: out[3], Index: x, Scale: 4}, out[n])
		} else {
			LEAQ(Mem{Base: x, Index: x, Scale: uint8(n - 1)}, out[n])
		}
	}
	return out
}

// skip moves a on by rows.
func (g gemm) skip(rows int) {
	for ; rows > 0; rows -= min(rows, 8) {
		LEAQ(g.behind(g.a, min(rows, 8)), g.a)
	}
}

// slot is where the caller put an argument.
func slot(name string) Mem {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

// loadMask is the argument mask: 8 times all ones or zeros for AVX2, a bit for
// each column for AVX-512.
func (w width) loadMask() Op {
	if w == avx512 {
		m, k := Load(Param("mask"), GP32()), K()
		KMOVW(m, k)
		return k
	}
	return w.load(Mem{Base: param("mask")})
}

// loadRow and storeRow move a row's registers, under the mask if there is one.
func (g gemm) loadRow(p Register) []VecVirtual {
	row := make([]VecVirtual, g.registers)
	for i := range row {
		row[i] = g.reg()
		m := Mem{Base: p, Disp: i * g.bytes()}
		switch {
		case !g.masked:
			VMOVUPS(m, row[i])
		case g.width == avx512:
			VMOVUPS_Z(m, g.mask, row[i])
		default:
			VMASKMOVPS(m, g.mask, row[i])
		}
	}
	return row
}

func (g gemm) storeRow(row []VecVirtual, p Register) {
	for i, r := range row {
		m := Mem{Base: p, Disp: i * g.bytes()}
		switch {
		case !g.masked:
			VMOVUPS(r, m)
		case g.width == avx512:
			VMOVUPS(r, g.mask, m)
		default:
			VMASKMOVPS(r, g.mask, m)
		}
	}
}
