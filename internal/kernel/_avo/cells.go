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

func fresh(like vec) vec {
	out := make(vec, len(like))
	each(out, func(i int) { out[i] = YMM() })
	return out
}

// constantFor are a constant in a register for each.
func constantFor(like vec, m Mem) vec {
	out := fresh(like)
	each(out, func(i int) { VMOVUPS(m, out[i]) })
	return out
}

// constant loads a constant into a register.
func constant(m Mem) VecVirtual { r := YMM(); VMOVUPS(m, r); return r }

// atLeast is x, or limit where x is less; NaN stays NaN.
func atLeast(x vec, limit float32) {
	l := constant(f32(limit))
	each(x, func(i int) { VMAXPS(x[i], l, x[i]) }) // of a NaN, the first operand here is taken
}

// reduce is reduce in math.go. It takes x for r.
func reduce(x vec, offset float32) (e, k, r vec) {
	k, n, r, e := constantFor(x, f32(1.44269504088896340736)), fresh(x), x, fresh(x)
	each(k, func(i int) { VFMADD213PS(f32(0x1.8p23+offset), x[i], k[i]) })
	each(n, func(i int) { VSUBPS(f32(0x1.8p23+offset), k[i], n[i]) })
	each(r, func(i int) { VFMADD231PS(f32(-0.693147182464599609375), n[i], r[i]) })
	each(r, func(i int) { VFMADD231PS(f32(1.90465429995776763166e-9), n[i], r[i]) })
	each(e, func(i int) { VMULPS(r[i], r[i], e[i]) })
	pair := func(high, low float32) vec {
		t := constantFor(x, f32(high))
		each(t, func(i int) { VFMADD213PS(f32(low), r[i], t[i]) })
		return t
	}
	q := pair(1.0/5040, 1.0/720)
	for _, t := range []vec{pair(1.0/120, 1.0/24), pair(1.0/6, 0.5)} {
		each(q, func(i int) { VFMADD213PS(t[i], e[i], q[i]) })
	}
	each(e, func(i int) { VFMADD213PS(r[i], q[i], e[i]) }) // e^r - 1
	each(e, func(i int) { VADDPS(f32(1), e[i], e[i]) })
	return e, k, r
}

// scale is scale in math.go, in place of e.
func scale(e, k, r vec, factor float32) {
	each(k, func(i int) { VPSLLD(Imm(23), k[i], k[i]) })
	each(k, func(i int) { VPADDD(k[i], e[i], e[i]) })
	zero := YMM()
	VXORPS(zero, zero, zero)
	f := constantFor(e, f32(factor))
	each(f, func(i int) { VFMADD231PS(zero, r[i], f[i]) })
	each(e, func(i int) { VMULPS(f[i], e[i], e[i]) })
}

// sigmoid is sigmoid in math.go.
func sigmoid(x vec) vec {
	y := fresh(x)
	each(y, func(i int) { VORPS(u32(1<<31), x[i], y[i]) }) // -|x|
	atLeast(y, -104)
	e, k, r := reduce(y, 64)
	scale(e, k, r, 0x1p-64)
	one := constant(f32(1))
	d, lost := fresh(x), fresh(x)
	each(d, func(i int) { VADDPS(e[i], one, d[i]) })
	each(d, func(i int) { VSUBPS(one, d[i], lost[i]) })
	each(d, func(i int) { VSUBPS(lost[i], e[i], lost[i]) })
	each(e, func(i int) { VBLENDVPS(x[i], e[i], one, e[i]) }) // 1 unless x is negative
	each(e, func(i int) { VDIVPS(d[i], e[i], e[i]) })
	each(e, func(i int) { VFNMADD231PS(lost[i], e[i], e[i]) })
	return e
}

// tanh is tanh in math.go.
func tanh(x vec) vec {
	u := fresh(x)
	each(u, func(i int) { VANDPS(u32(1<<31-1), x[i], u[i]) })
	each(u, func(i int) { VMULPS(f32(-2), u[i], u[i]) })
	atLeast(u, -20)
	e, k, r := reduce(u, 0)
	scale(e, k, r, 1)
	y := constantFor(x, f32(1))
	d := fresh(x)
	each(d, func(i int) { VADDPS(f32(1), e[i], d[i]) })
	each(e, func(i int) { VADDPS(e[i], e[i], e[i]) })
	each(e, func(i int) { VDIVPS(d[i], e[i], e[i]) })
	each(y, func(i int) { VSUBPS(e[i], y[i], y[i]) })
	z, q := fresh(x), constantFor(x, f32(-5.70498872745e-3))
	each(z, func(i int) { VMULPS(x[i], x[i], z[i]) })
	for _, c := range []float32{2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1} {
		each(q, func(i int) { VFMADD213PS(f32(c), z[i], q[i]) })
	}
	a := fresh(x)
	each(a, func(i int) { VANDPS(u32(1<<31-1), x[i], a[i]) })
	each(z, func(i int) { VMULPS(a[i], z[i], z[i]) })
	each(q, func(i int) { VFMADD213PS(a[i], z[i], q[i]) })             // a*z*q + a
	each(a, func(i int) { VCMPPS(Imm(0x11), f32(0.625), a[i], a[i]) }) // a < 0.625, false for NaN
	each(y, func(i int) { VBLENDVPS(a[i], q[i], y[i], y[i]) })
	each(z, func(i int) { VANDPS(u32(1<<31), x[i], z[i]) })
	each(y, func(i int) { VORPS(z[i], y[i], y[i]) })
	return y
}

// sigmoidSlope multiplies d by y(1-y), and tanhSlope by 1-y*y: the functions'
// slopes in terms of their values.
func sigmoidSlope(d, y VecVirtual) {
	t := constant(f32(1))
	VSUBPS(y, t, t)
	VMULPS(t, y, t)
	VMULPS(t, d, d)
}

func tanhSlope(d, y VecVirtual) {
	t := constant(f32(1))
	VFNMADD231PS(y, y, t)
	VMULPS(t, d, d)
}

func activations() {
	value := func(name string, f func(vec) vec) {
		text(name, "func(x *float32, n int)", name+" is Activate for n values, a multiple of 16.")
		x, n := param("x"), length("n")
		sweep("values", x, x, n, f)
		done()
	}
	slope := func(name string, f func(d, y VecVirtual)) {
		text(name, "func(d, y *float32, n int)", name+" is ActivateGrad for n values, a multiple of 8.")
		d, y, n := param("d"), param("y"), length("n")
		loop("values", n, func(i Register) {
			v := load(at(d, i))
			f(v, load(at(y, i)))
			store(v, at(d, i))
		})
		done()
	}
	value("sigmoidAVX2", sigmoid)
	value("tanhAVX2", tanh)
	slope("sigmoidSlopeAVX2", sigmoidSlope)
	slope("tanhSlopeAVX2", tanhSlope)
}

// sweep does dst = f(src) for n bytes, two registers at a time.
func sweep(name string, dst, src, n Register, f func(vec) vec) {
	loop2(name, n, func(i Register) {
		for j, y := range f(vec{load(at(src, i)), load(beyond(src, i))}) {
			store(y, []Mem{at(dst, i), beyond(dst, i)}[j])
		}
	})
}

// parts are pointers to the gates of a cell, n bytes each.
func parts(gates, n Register, count int) []Register {
	out := []Register{gates}
	for range count - 1 {
		p := GP64()
		LEAQ(Mem{Base: out[len(out)-1], Index: n, Scale: 1}, p)
		out = append(out, p)
	}
	return out
}

func lstm() {
	text("lstmAVX2", "func(h, c, cact, gates, cPrev *float32, n int)", "lstmAVX2 is LSTM with tanh and sigmoid for n values, a multiple of 8.")
	h, c, cact, n := param("h"), param("c"), param("cact"), length("n")
	cPrev, g := param("cPrev"), parts(param("gates"), n, 4)
	n2 := GP64()
	LEAQ(Mem{Base: n, Index: n, Scale: 1}, n2)
	sweep("inputAndForget", g[0], g[0], n2, sigmoid)
	sweep("candidate", g[2], g[2], n, tanh)
	sweep("output", g[3], g[3], n, sigmoid)
	loop2("state", n, func(i Register) {
		for _, m := range []func(p, i Register) Mem{at, beyond} {
			in := load(m(g[0], i))
			VMULPS(m(g[2], i), in, in)
			forget := load(m(g[1], i))
			VFMADD132PS(m(cPrev, i), in, forget) // forget*cPrev + in*candidate
			store(forget, m(c, i))
		}
		both := tanh(vec{load(at(c, i)), load(beyond(c, i))})
		for j, m := range []func(p, i Register) Mem{at, beyond} {
			store(both[j], m(cact, i))
			VMULPS(m(g[3], i), both[j], both[j])
			store(both[j], m(h, i))
		}
	})
	done()

	text("lstmGradAVX2", "func(dgates, dc, dh, gates, cact, cPrev *float32, n int)", "lstmGradAVX2 is LSTMGrad with tanh and sigmoid for n values, a multiple of 8.")
	dc, dh, cact, cPrev := param("dc"), param("dh"), param("cact"), param("cPrev")
	n = length("n")
	dg, gv := parts(param("dgates"), n, 4), parts(param("gates"), n, 4)
	loop("values", n, func(i Register) {
		gh, ca, o := load(at(dh, i)), load(at(cact, i)), load(at(gv[3], i))
		do, d := YMM(), YMM()
		VMULPS(ca, gh, do)
		VMULPS(o, gh, d)
		tanhSlope(d, ca)
		sigmoidSlope(do, o)
		store(do, at(dg[3], i))
		VADDPS(at(dc, i), d, d)
		iv, fv, g := load(at(gv[0], i)), load(at(gv[1], i)), load(at(gv[2], i))
		t := YMM()
		VMULPS(g, d, t)
		sigmoidSlope(t, iv)
		store(t, at(dg[0], i))
		t = YMM()
		VMULPS(at(cPrev, i), d, t)
		sigmoidSlope(t, fv)
		store(t, at(dg[1], i))
		t = YMM()
		VMULPS(iv, d, t)
		tanhSlope(t, g)
		store(t, at(dg[2], i))
		VMULPS(fv, d, d)
		store(d, at(dc, i))
	})
	done()
}

func gru() {
	text("gruOutputAVX2", "func(h, gates, hPrev *float32, n int)", "gruOutputAVX2 is GRUOutput with tanh for n values, a multiple of 8.")
	h, hPrev, n := param("h"), param("hPrev"), length("n")
	g := parts(param("gates"), n, 3)
	sweep("candidate", g[2], g[2], n, tanh)
	loop("values", n, func(i Register) {
		cand := load(at(g[2], i))
		z, rest := load(at(g[0], i)), constant(f32(1))
		VSUBPS(z, rest, rest)
		VMULPS(cand, rest, rest)
		VFMADD132PS(at(hPrev, i), rest, z) // z*hPrev + (1-z)*cand
		store(z, at(h, i))
	})
	done()

	text("gruOutputGradAVX2", "func(dgates, dhPrev, dh, gates, hPrev *float32, n int)", "gruOutputGradAVX2 is GRUOutputGrad with tanh for n values, a multiple of 8.")
	dhPrev, dh, hPrev := param("dhPrev"), param("dh"), param("hPrev")
	n = length("n")
	dg, gv := parts(param("dgates"), n, 3), parts(param("gates"), n, 3)
	loop("values", n, func(i Register) {
		d, z, cand := load(at(dh, i)), load(at(gv[0], i)), load(at(gv[2], i))
		t := load(at(hPrev, i))
		VSUBPS(cand, t, t)
		VMULPS(t, d, t)
		store(t, at(dg[0], i))
		t = constant(f32(1))
		VSUBPS(z, t, t)
		VMULPS(t, d, t)
		tanhSlope(t, cand)
		store(t, at(dg[2], i))
		VMULPS(z, d, d)
		store(d, at(dhPrev, i))
	})
	done()
}
