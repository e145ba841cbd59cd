package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The emitters below do the operations of math.go in its order, but for those by
// which a NaN gets past integer arithmetic. One value's operations are a long
// chain, each waiting for the one before, and a processor looks only some dozens
// ahead. So sideBySide registers go through a function in stages, and through
// each stage in groups, as large as the registers allow: a group writes every
// operation for each of its registers in turn, and the next group of the same
// stage waits for nothing. A constant is loaded once a group.
const (
	sideBySide  = 8
	firstGroup  = 4
	laterGroups = 2
)

type vec []VecVirtual

// each writes an operation for every register.
func each(v vec, op func(i int)) {
	for i := range v {
		op(i)
	}
}

// groups calls stage for size of n registers at a time.
func groups(n, size int, stage func(lo, hi int)) {
	for lo := 0; lo < n; lo += size {
		stage(lo, min(lo+size, n))
	}
}

// fresh are new registers, one for each.
func (w width) fresh(like vec) vec {
	out := make(vec, len(like))
	each(out, func(i int) { out[i] = w.reg() })
	return out
}

// copies are a constant in a register of its own for each.
func (w width) copies(like vec, v float32) vec {
	c, out := w.constant(f32(v)), w.fresh(like)
	each(out, func(i int) { VMOVAPS(c, out[i]) })
	return out
}

// loadAll loads a register from each place.
func (w width) loadAll(places []Mem) vec {
	out := make(vec, len(places))
	each(out, func(i int) { out[i] = w.load(places[i]) })
	return out
}

// reduce is the first stage of e^x, up to reduce's r in math.go, which it returns
// for x = f(-|value at places|). The power of two goes into room, as an exponent.
func (w width) reduce(places, room []Mem, f func(x VecVirtual), least, offset float32) (all vec) {
	groups(len(places), firstGroup, func(lo, hi int) {
		sign, r := w.constant(u32(1<<31)), make(vec, hi-lo)
		each(r, func(i int) { r[i] = w.reg(); VORPS(places[lo+i], sign, r[i]) })
		each(r, func(i int) { f(r[i]) })
		limit := w.constant(f32(least))
		each(r, func(i int) { VMAXPS(r[i], limit, r[i]) }) // of a NaN, the first operand here is taken
		k, toInt := w.copies(r, 1.44269504088896340736), w.constant(f32(0x1.8p23+offset))
		each(k, func(i int) { VFMADD213PS(toInt, r[i], k[i]) })
		each(k, func(i int) {
			power := w.reg()
			VPSLLD(Imm(23), k[i], power)
			store(power, room[lo+i])
		})
		each(k, func(i int) { VSUBPS(toInt, k[i], k[i]) })
		for _, part := range []float32{-0.693147182464599609375, 1.90465429995776763166e-9} { // ln 2
			c := w.constant(f32(part))
			each(r, func(i int) { VFMADD231PS(c, k[i], r[i]) })
		}
		all = append(all, r...)
	})
	return all
}

// power is the second stage: e^x, from its r and the power of two.
func (w width) power(r vec, power []Mem) (e vec) {
	e = w.fresh(r)
	each(e, func(i int) { VMULPS(r[i], r[i], e[i]) })
	pair := func(high, low float32) vec {
		t, c := w.copies(r, high), w.constant(f32(low))
		each(t, func(i int) { VFMADD213PS(c, r[i], t[i]) })
		return t
	}
	q := pair(1.0/5040, 1.0/720)
	for _, c := range [][2]float32{{1.0 / 120, 1.0 / 24}, {1.0 / 6, 0.5}} {
		t := pair(c[0], c[1])
		each(q, func(i int) { VFMADD213PS(t[i], e[i], q[i]) })
	}
	each(e, func(i int) { VFMADD213PS(r[i], q[i], e[i]) }) // e^r - 1
	one := w.constant(f32(1))
	each(e, func(i int) { VADDPS(one, e[i], e[i]) })
	each(e, func(i int) { VPADDD(power[i], e[i], e[i]) })
	return e
}

// sigmoid is sigmoid in math.go, of the values at x; use gets the results, and
// room is memory for a register each.
func (w width) sigmoid(x, room []Mem, use func(i int, y VecVirtual)) {
	v := w.reduce(x, room, func(VecVirtual) {}, -104, 64)
	groups(len(x), laterGroups, func(lo, hi int) {
		e, factor := w.power(v[lo:hi], room[lo:hi]), w.constant(f32(0x1p-64))
		each(e, func(i int) { VMULPS(factor, e[i], e[i]) })
		copy(v[lo:hi], e)
	})
	groups(len(x), laterGroups, func(lo, hi int) {
		e, one := v[lo:hi], w.constant(f32(1))
		d, lost := w.fresh(e), w.fresh(e)
		each(d, func(i int) { VADDPS(one, e[i], d[i]) })
		each(d, func(i int) { VSUBPS(one, d[i], lost[i]) })
		each(d, func(i int) { VSUBPS(lost[i], e[i], lost[i]) })
		arg := w.loadAll(x[lo:hi])
		each(e, func(i int) { w.choose(w.negative(arg[i]), e[i], one, e[i]) }) // 1 unless x is negative
		sign := w.constant(u32(1 << 31))
		each(e, func(i int) { VORPS(sign, arg[i], arg[i]) })
		each(e, func(i int) { VMAXPS(arg[i], e[i], e[i]) }) // -|x| is never more, but may be NaN
		each(e, func(i int) { VDIVPS(d[i], e[i], e[i]) })
		each(e, func(i int) { VFNMADD231PS(lost[i], e[i], e[i]) })
		each(e, func(i int) { use(lo+i, e[i]) })
	})
}

// tanh is tanh in math.go, and called like sigmoid.
func (w width) tanh(x, room []Mem, use func(i int, y VecVirtual)) {
	v := w.reduce(x, room, func(x VecVirtual) { VADDPS(x, x, x) }, -20, 0)
	groups(len(x), laterGroups, func(lo, hi int) {
		e, one := w.power(v[lo:hi], room[lo:hi]), w.constant(f32(1))
		d := w.fresh(e)
		each(d, func(i int) { VADDPS(one, e[i], d[i]) })
		each(e, func(i int) { VADDPS(e[i], e[i], e[i]) })
		each(e, func(i int) { VDIVPS(d[i], e[i], e[i]) })
		copy(v[lo:hi], e)
	})
	groups(len(x), laterGroups, func(lo, hi int) {
		y, arg := v[lo:hi], w.loadAll(x[lo:hi])
		z := w.fresh(arg)
		each(z, func(i int) { VMULPS(arg[i], arg[i], z[i]) })
		q := w.copies(arg, -5.70498872745e-3)
		for _, v := range []float32{2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1} {
			c := w.constant(f32(v))
			each(q, func(i int) { VFMADD213PS(c, z[i], q[i]) })
		}
		limit, large := w.constant(f32(0.625*0.625)), make([]Op, len(z))
		each(z, func(i int) { large[i] = w.atLeast(z[i], limit) }) // |x| >= 0.625; a NaN goes by way of q
		each(z, func(i int) { VMULPS(arg[i], z[i], z[i]) })
		each(q, func(i int) { VFMADD213PS(arg[i], z[i], q[i]) }) // x*z*q + x
		one := w.constant(f32(1))
		each(y, func(i int) { VSUBPS(y[i], one, y[i]) })
		each(y, func(i int) { w.choose(large[i], y[i], q[i], y[i]) })
		sign := w.constant(u32(1 << 31))
		each(arg, func(i int) { VANDPS(sign, arg[i], arg[i]) })
		each(y, func(i int) { VORPS(arg[i], y[i], y[i]) })
		each(y, func(i int) { use(lo+i, y[i]) })
	})
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
