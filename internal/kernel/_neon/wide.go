package main

import "math"

// wide are eight values in two registers, so that two chains of operations are
// on their way at once.
type wide [2]*reg

// loop does eight values at a time, of n, and moves the pointers on.
func (a *asm) loop(body func(), pointers ...*reg) {
	n := a.param("n")
	a.label("values")
	body()
	for _, p := range pointers {
		a.op("ADD $%d, %v", wideB, p)
	}
	a.op("SUBS $8, %v", n)
	a.jump("BNE", "values")
}

func (a *asm) wide() wide { return wide{a.vec(), a.vec()} }

func (a *asm) load(p *reg) wide {
	w := a.wide()
	a.op("FLDPQ (%v), (F%v, F%v)", p, w[0], w[1])
	return w
}

func (a *asm) store(w wide, p *reg) { a.op("FSTPQ (F%v, F%v), (%v)", w[0], w[1], p) }

// u32 is an integer constant in all places: one register, which must not be
// written.
func (a *asm) u32(v uint32) wide {
	r := a.loadQ(a.file.constant(v), a.constants())
	return wide{r, r}
}

func (a *asm) f32(v float32) wide { return a.u32(math.Float32bits(v)) }

// sum is a constant to be added to: registers of its own.
func (a *asm) sum(v float32) wide {
	at := a.file.constant(math.Float32bits(v))
	return wide{a.loadQ(at, a.constants()), a.loadQ(at, a.constants())}
}

// broadcast is an argument in all places: one register, like u32's.
func (a *asm) broadcast(name string) wide {
	r := a.vec()
	a.op("FMOVS %s+%d(FP), F%v", name, a.params[name], r)
	a.op("VDUP V%v.S[0], V%v.S4", r, r)
	return wide{r, r}
}

// clone is x in registers of its own.
func (a *asm) clone(x wide) wide { return a.or(x, x) }

// each does an operation with a fresh result on both registers.
func (a *asm) each(f func(d, x, y *reg), x, y wide) wide {
	d := a.wide()
	for i := range d {
		f(d[i], x[i], y[i])
	}
	return d
}

func (a *asm) add(d, x, y *reg) { a.word(0x4e20d400, "fadd v%v.4s, v%v.4s, v%v.4s", d, x, y) }
func (a *asm) sub(d, x, y *reg) { a.word(0x4ea0d400, "fsub v%v.4s, v%v.4s, v%v.4s", d, x, y) }
func (a *asm) mul(d, x, y *reg) { a.word(0x6e20dc00, "fmul v%v.4s, v%v.4s, v%v.4s", d, x, y) }
func (a *asm) div(d, x, y *reg) { a.word(0x6e20fc00, "fdiv v%v.4s, v%v.4s, v%v.4s", d, x, y) }
func (a *asm) max(d, x, y *reg) { a.word(0x4e20f400, "fmax v%v.4s, v%v.4s, v%v.4s", d, x, y) }
func (a *asm) gt(d, x, y *reg)  { a.word(0x6ea0e400, "fcmgt v%v.4s, v%v.4s, v%v.4s", d, x, y) }

func (a *asm) plus(x, y wide) wide    { return a.each(a.add, x, y) }
func (a *asm) minus(x, y wide) wide   { return a.each(a.sub, x, y) }
func (a *asm) times(x, y wide) wide   { return a.each(a.mul, x, y) }
func (a *asm) over(x, y wide) wide    { return a.each(a.div, x, y) }
func (a *asm) greater(x, y wide) wide { return a.each(a.gt, x, y) }

// atLeast is x, or limit where x is less; NaN stays NaN.
func (a *asm) atLeast(x wide, limit float32) wide { return a.each(a.max, x, a.f32(limit)) }

// fma is x*y + sum, rounded once, and takes sum's registers. fms is -x*y + sum.
func (a *asm) fma(x, y, sum wide) wide {
	for i := range sum {
		a.op("VFMLA V%v.S4, V%v.S4, V%v.S4", y[i], x[i], sum[i])
	}
	return sum
}

func (a *asm) fms(x, y, sum wide) wide {
	for i := range sum {
		a.op("VFMLS V%v.S4, V%v.S4, V%v.S4", y[i], x[i], sum[i])
	}
	return sum
}

func (a *asm) root(x wide) wide {
	return a.each(func(d, x, _ *reg) { a.word(0x6ea1f800, "fsqrt v%v.4s, v%v.4s", d, x) }, x, x)
}

// The operations on bits and integers.

func (a *asm) named(mnemonic, kind string, x, y wide) wide {
	return a.each(func(d, x, y *reg) { a.op("%s V%v.%s, V%v.%s, V%v.%s", mnemonic, y, kind, x, kind, d, kind) }, x, y)
}

func (a *asm) and(x, y wide) wide     { return a.named("VAND", "B16", x, y) }
func (a *asm) or(x, y wide) wide      { return a.named("VORR", "B16", x, y) }
func (a *asm) plusInt(x, y wide) wide { return a.named("VADD", "S4", x, y) }

func (a *asm) shiftLeft(x wide, n int) wide {
	return a.each(func(d, x, _ *reg) { a.op("VSHL $%d, V%v.S4, V%v.S4", n, x, d) }, x, x)
}

// negative is all ones where x < 0.
func (a *asm) negative(x wide) wide {
	return a.each(func(d, x, _ *reg) { a.word(0x4ea0e800, "fcmlt v%v.4s, v%v.4s, #0.0", d, x) }, x, x)
}

// choose is yes where mask is all ones, and no where it is zero. It takes the
// mask's registers.
func (a *asm) choose(mask, yes, no wide) wide {
	for i := range mask {
		a.op("VBSL V%v.B16, V%v.B16, V%v.B16", no[i], yes[i], mask[i])
	}
	return mask
}
