package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The emitters below follow math.go operation by operation.

// constant loads a constant into a register.
func constant(m Mem) VecVirtual { r := YMM(); VMOVUPS(m, r); return r }

// atLeast is x, or limit where x is less; NaN stays NaN.
func atLeast(x VecVirtual, limit float32) VecVirtual {
	l := constant(f32(limit))
	VMAXPS(x, l, l) // of a NaN, the first operand here is taken
	return l
}

// reduce is reduce in math.go.
func reduce(x VecVirtual, offset float32) (e, k, r VecVirtual) {
	k = constant(f32(1.44269504088896340736))
	VFMADD213PS(f32(0x1.8p23+offset), x, k)
	n := YMM()
	r = YMM()
	VSUBPS(f32(0x1.8p23+offset), k, n)
	VMOVAPS(x, r)
	VFMADD231PS(f32(-0.693147182464599609375), n, r)
	VFMADD231PS(f32(1.90465429995776763166e-9), n, r)
	e = YMM()
	VMULPS(r, r, e)
	pair := func(high, low float32) VecVirtual {
		t := constant(f32(high))
		VFMADD213PS(f32(low), r, t)
		return t
	}
	q := pair(1.0/5040, 1.0/720)
	VFMADD213PS(pair(1.0/120, 1.0/24), e, q)
	VFMADD213PS(pair(1.0/6, 0.5), e, q)
	VFMADD213PS(r, q, e) // e^r - 1
	VADDPS(f32(1), e, e)
	return e, k, r
}

// scale is scale in math.go, in place of e.
func scale(e, k, r VecVirtual, factor float32) {
	VPSLLD(Imm(23), k, k)
	VPADDD(k, e, e)
	f, zero := constant(f32(factor)), YMM()
	VXORPS(zero, zero, zero)
	VFMADD231PS(zero, r, f)
	VMULPS(f, e, e)
}

// sigmoid is sigmoid in math.go.
func sigmoid(x VecVirtual) VecVirtual {
	y := YMM()
	VORPS(u32(1<<31), x, y) // -|x|
	e, k, r := reduce(atLeast(y, -104), 64)
	scale(e, k, r, 0x1p-64)
	one := constant(f32(1))
	d, lost := YMM(), YMM()
	VADDPS(e, one, d)
	VSUBPS(one, d, lost)
	VSUBPS(lost, e, lost)
	VBLENDVPS(x, e, one, one) // e where x is negative
	VDIVPS(d, one, one)
	VFNMADD231PS(lost, one, one)
	return one
}

// tanh is tanh in math.go.
func tanh(x VecVirtual) VecVirtual {
	a, u := YMM(), YMM()
	VANDPS(u32(1<<31-1), x, a)
	VMULPS(f32(-2), a, u)
	e, k, r := reduce(atLeast(u, -20), 0)
	scale(e, k, r, 1)
	d, y := YMM(), YMM()
	VADDPS(f32(1), e, d)
	VADDPS(e, e, e)
	VDIVPS(d, e, e)
	VMOVUPS(f32(1), y)
	VSUBPS(e, y, y)
	z, q := YMM(), constant(f32(-5.70498872745e-3))
	VMULPS(x, x, z)
	for _, c := range []float32{2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1} {
		VFMADD213PS(f32(c), z, q)
	}
	VMULPS(a, z, z)
	VFMADD213PS(a, z, q) // a*z*q + a
	small, sign := YMM(), YMM()
	VCMPPS(Imm(0x11), f32(0.625), a, small) // a < 0.625, false for NaN
	VBLENDVPS(small, q, y, y)
	VANDPS(u32(1<<31), x, sign)
	VORPS(sign, y, y)
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
	value := func(name string, f func(VecVirtual) VecVirtual) {
		text(name, "func(x *float32, n int)", name+" is Activate for n values, a multiple of 8.")
		x, n := param("x"), length("n")
		loop("values", n, func(i Register) { store(f(load(at(x, i))), at(x, i)) })
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
	// Two sweeps, because the chain of one value through both is long and the
	// processor sees only a few of them at once.
	loop("gates", n, func(i Register) {
		in := sigmoid(load(at(g[0], i)))
		store(in, at(g[0], i))
		cand := tanh(load(at(g[2], i)))
		store(cand, at(g[2], i))
		VMULPS(cand, in, in)
		forget := sigmoid(load(at(g[1], i)))
		store(forget, at(g[1], i))
		VFMADD132PS(at(cPrev, i), in, forget) // forget*cPrev + in*cand
		store(forget, at(c, i))
	})
	loop("outputs", n, func(i Register) {
		t := tanh(load(at(c, i)))
		store(t, at(cact, i))
		out := sigmoid(load(at(g[3], i)))
		store(out, at(g[3], i))
		VMULPS(t, out, out)
		store(out, at(h, i))
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
	loop("values", n, func(i Register) {
		cand := tanh(load(at(g[2], i)))
		store(cand, at(g[2], i))
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
