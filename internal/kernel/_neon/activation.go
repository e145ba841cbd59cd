package main

// The emitters below follow math.go operation by operation.

// reduce is reduce in math.go. It takes x's registers for r.
func (a *asm) reduce(x wide, offset float32) (e, k, r wide) {
	k = a.fma(x, a.f32(1.44269504088896340736), a.sum(0x1.8p23+offset))
	n := a.minus(k, a.f32(0x1.8p23+offset))
	r = a.fms(n, a.f32(0.693147182464599609375), x)
	r = a.fms(n, a.f32(-1.90465429995776763166e-9), r)
	r2 := a.times(r, r)
	q := a.fma(a.f32(1.0/5040), r, a.sum(1.0/720))
	q = a.fma(q, r2, a.fma(a.f32(1.0/120), r, a.sum(1.0/24)))
	q = a.fma(q, r2, a.fma(a.f32(1.0/6), r, a.sum(0.5)))
	p := a.fma(r2, q, a.clone(r)) // e^r - 1
	return a.plus(a.f32(1), p), k, r
}

// scale is scale in math.go.
func (a *asm) scale(e, k, r wide, factor float32) wide {
	e = a.plusInt(e, a.shiftLeft(k, 23))
	return a.times(e, a.fma(r, a.f32(0), a.sum(factor)))
}

// sigmoid is sigmoid in math.go.
func (a *asm) sigmoid(x wide) wide {
	u := a.or(x, a.u32(1<<31)) // -|x|
	e, k, r := a.reduce(a.atLeast(u, -104), 64)
	e = a.scale(e, k, r, 0x1p-64)
	one := a.f32(1)
	d := a.plus(one, e)
	lost := a.minus(e, a.minus(d, one))
	y := a.over(a.choose(a.negative(x), e, one), d)
	return a.fms(y, lost, y)
}

// tanh is tanh in math.go.
func (a *asm) tanh(x wide) wide {
	abs := a.and(x, a.u32(1<<31-1))
	e, k, r := a.reduce(a.atLeast(a.times(abs, a.f32(-2)), -20), 0)
	e = a.scale(e, k, r, 1)
	one := a.f32(1)
	y := a.minus(one, a.over(a.plus(e, e), a.plus(one, e)))
	z := a.times(x, x)
	q := a.f32(-5.70498872745e-3)
	for _, c := range []float32{2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1} {
		q = a.fma(q, z, a.sum(c))
	}
	small := a.greater(a.f32(0.625), abs) // false for NaN
	q = a.fma(a.times(abs, z), q, abs)
	return a.or(a.choose(small, q, y), a.and(x, a.u32(1<<31)))
}

// sigmoidSlope is d times y(1-y), and tanhSlope d times 1-y*y: the functions'
// slopes in terms of their values.
func (a *asm) sigmoidSlope(d, y wide) wide { return a.times(d, a.times(y, a.minus(a.f32(1), y))) }

func (a *asm) tanhSlope(d, y wide) wide { return a.times(d, a.fms(y, y, a.sum(1))) }

func activations(f *file) {
	value := func(name string, g func(*asm, wide) wide) {
		f.function(name, "x *float32, n int", name+" is Activate for n values, a multiple of 8 and not 0.", func(a *asm) {
			x := a.param("x")
			a.constants()
			a.loop(func() { a.store(g(a, a.load(x)), x) }, x)
		})
	}
	slope := func(name string, g func(a *asm, d, y wide) wide) {
		f.function(name, "d *float32, y *float32, n int", name+" is ActivateGrad for n values, a multiple of 8 and not 0.", func(a *asm) {
			d, y := a.param("d"), a.param("y")
			a.constants()
			a.loop(func() { a.store(g(a, a.load(d), a.load(y)), d) }, d, y)
		})
	}
	value("sigmoidNEON", (*asm).sigmoid)
	value("tanhNEON", (*asm).tanh)
	slope("sigmoidSlopeNEON", (*asm).sigmoidSlope)
	slope("tanhSlopeNEON", (*asm).tanhSlope)
}
