package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The emitters below follow math.go operation by operation. They take several
// registers at once and write every operation for each in turn: a processor
// looks only some dozens of operations ahead, and one value's are a long chain.
type vec []VecVirtual

// each writes an operation for every register.
func each(v vec, op func(i int)) {
	for i := range v {
		op(i)
	}
}

// fresh are new registers, one for each.
func (w width) fresh(like vec) vec {
	out := make(vec, len(like))
	each(out, func(i int) { out[i] = w.reg() })
	return out
}

// constantFor are a constant in a register for each.
func (w width) constantFor(like vec, m Mem) vec {
	out := make(vec, len(like))
	each(out, func(i int) { out[i] = w.constant(m) })
	return out
}

// atLeast is x, or limit where x is less; NaN stays NaN.
func (w width) atLeast(x vec, limit float32) {
	l := w.constant(f32(limit))
	each(x, func(i int) { VMAXPS(x[i], l, x[i]) }) // of a NaN, the first operand here is taken
}

// reduce is reduce in math.go. It takes x for r.
func (w width) reduce(x vec, offset float32) (e, k, r vec) {
	k, n, r, e := w.constantFor(x, f32(1.44269504088896340736)), w.fresh(x), x, w.fresh(x)
	each(k, func(i int) { w.with(vfmadd213ps, f32(0x1.8p23+offset), x[i], k[i]) })
	each(n, func(i int) { w.with(vsubps, f32(0x1.8p23+offset), k[i], n[i]) })
	each(r, func(i int) { w.with(vfmadd231ps, f32(-0.693147182464599609375), n[i], r[i]) })
	each(r, func(i int) { w.with(vfmadd231ps, f32(1.90465429995776763166e-9), n[i], r[i]) })
	each(e, func(i int) { VMULPS(r[i], r[i], e[i]) })
	pair := func(high, low float32) vec {
		t := w.constantFor(x, f32(high))
		each(t, func(i int) { w.with(vfmadd213ps, f32(low), r[i], t[i]) })
		return t
	}
	q := pair(1.0/5040, 1.0/720)
	for _, t := range []vec{pair(1.0/120, 1.0/24), pair(1.0/6, 0.5)} {
		each(q, func(i int) { VFMADD213PS(t[i], e[i], q[i]) })
	}
	each(e, func(i int) { VFMADD213PS(r[i], q[i], e[i]) }) // e^r - 1
	each(e, func(i int) { w.with(vaddps, f32(1), e[i], e[i]) })
	return e, k, r
}

// scale is scale in math.go, in place of e.
func (w width) scale(e, k, r vec, factor float32) {
	each(k, func(i int) { VPSLLD(Imm(23), k[i], k[i]) })
	each(k, func(i int) { VPADDD(k[i], e[i], e[i]) })
	zero := w.zero()
	f := w.constantFor(e, f32(factor))
	each(f, func(i int) { VFMADD231PS(zero, r[i], f[i]) })
	each(e, func(i int) { VMULPS(f[i], e[i], e[i]) })
}

// sigmoid is sigmoid in math.go.
func (w width) sigmoid(x vec) vec {
	y := w.fresh(x)
	each(y, func(i int) { w.with(vorps, u32(1<<31), x[i], y[i]) }) // -|x|
	w.atLeast(y, -104)
	e, k, r := w.reduce(y, 64)
	w.scale(e, k, r, 0x1p-64)
	one := w.constant(f32(1))
	d, lost := w.fresh(x), w.fresh(x)
	each(d, func(i int) { VADDPS(e[i], one, d[i]) })
	each(d, func(i int) { VSUBPS(one, d[i], lost[i]) })
	each(d, func(i int) { VSUBPS(lost[i], e[i], lost[i]) })
	each(e, func(i int) { w.choose(w.negative(x[i]), e[i], one, e[i]) }) // 1 unless x is negative
	each(e, func(i int) { VDIVPS(d[i], e[i], e[i]) })
	each(e, func(i int) { VFNMADD231PS(lost[i], e[i], e[i]) })
	return e
}

// tanh is tanh in math.go.
func (w width) tanh(x vec) vec {
	u := w.fresh(x)
	each(u, func(i int) { w.with(vandps, u32(1<<31-1), x[i], u[i]) })
	each(u, func(i int) { w.with(vmulps, f32(-2), u[i], u[i]) })
	w.atLeast(u, -20)
	e, k, r := w.reduce(u, 0)
	w.scale(e, k, r, 1)
	y := w.constantFor(x, f32(1))
	d := w.fresh(x)
	each(d, func(i int) { w.with(vaddps, f32(1), e[i], d[i]) })
	each(e, func(i int) { VADDPS(e[i], e[i], e[i]) })
	each(e, func(i int) { VDIVPS(d[i], e[i], e[i]) })
	each(y, func(i int) { VSUBPS(e[i], y[i], y[i]) })
	z, q := w.fresh(x), w.constantFor(x, f32(-5.70498872745e-3))
	each(z, func(i int) { VMULPS(x[i], x[i], z[i]) })
	for _, c := range []float32{2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1} {
		each(q, func(i int) { w.with(vfmadd213ps, f32(c), z[i], q[i]) })
	}
	a := w.fresh(x)
	each(a, func(i int) { w.with(vandps, u32(1<<31-1), x[i], a[i]) })
	each(z, func(i int) { VMULPS(a[i], z[i], z[i]) })
	each(q, func(i int) { VFMADD213PS(a[i], z[i], q[i]) }) // a*z*q + a
	each(y, func(i int) { w.choose(w.less(a[i], f32(0.625)), q[i], y[i], y[i]) })
	each(z, func(i int) { w.with(vandps, u32(1<<31), x[i], z[i]) })
	each(y, func(i int) { VORPS(z[i], y[i], y[i]) })
	return y
}

// sigmoidSlope multiplies d by y(1-y), and tanhSlope by 1-y*y: the functions'
// slopes in terms of their values.
func (w width) sigmoidSlope(d, y VecVirtual) {
	t := w.constant(f32(1))
	VSUBPS(y, t, t)
	VMULPS(t, y, t)
	VMULPS(t, d, d)
}

func (w width) tanhSlope(d, y VecVirtual) {
	t := w.constant(f32(1))
	VFNMADD231PS(y, y, t)
	VMULPS(t, d, d)
}
