package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// place is where a register of values stands behind its array's pointer.
type place struct {
	i    Register
	disp int
}

func (p place) of(array Register) Mem { m := at(array, p.i); m.Disp = p.disp; return m }

// sweep runs body for n bytes, whole rows of lanes: for two registers at a
// time, and for one where a row is one register and their number is odd.
func (w width) sweep(name string, n Register, body func(places []place)) {
	i := GP64()
	XORQ(i, i)
	pairs := n
	if w == lanes {
		pairs = GP64()
		MOVQ(n, pairs)
		ANDQ(I8(-2*w.bytes()), pairs)
	}
	TESTQ(pairs, pairs)
	JZ(LabelRef(name + "_rest"))
	Label(name)
	body([]place{{i, 0}, {i, w.bytes()}})
	ADDQ(U8(2*w.bytes()), i)
	CMPQ(i, pairs)
	JLT(LabelRef(name))
	Label(name + "_rest")
	if w == lanes {
		CMPQ(i, n)
		JGE(LabelRef(name + "_done"))
		body([]place{{i, 0}})
		Label(name + "_done")
	}
}

// loadAll loads the registers of several places.
func (w width) loadAll(array Register, places []place) vec {
	out := make(vec, len(places))
	each(out, func(j int) { out[j] = w.load(places[j].of(array)) })
	return out
}

func storeAll(v vec, array Register, places []place) {
	each(v, func(j int) { store(v[j], places[j].of(array)) })
}

// apply replaces x, n bytes, by f(x).
func (w width) apply(name string, x, n Register, f func(vec) vec) {
	w.sweep(name, n, func(p []place) { storeAll(f(w.loadAll(x, p)), x, p) })
}

func (w width) activations() {
	value := func(name string, f func(vec) vec) {
		w.function(name, "func(x *float32, n int)", "Activate for n values, a multiple of 16.")
		w.apply("values", param("x"), length("n"), f)
		done()
	}
	slope := func(name string, f func(d, y VecVirtual)) {
		w.function(name, "func(d, y *float32, n int)", "ActivateGrad for "+w.multiple("n values")+".")
		d, y, n := param("d"), param("y"), length("n")
		w.loop("values", n, func(i Register) {
			v := w.load(at(d, i))
			f(v, w.load(at(y, i)))
			store(v, at(d, i))
		})
		done()
	}
	value("sigmoid", w.sigmoid)
	value("tanh", w.tanh)
	slope("sigmoidSlope", w.sigmoidSlope)
	slope("tanhSlope", w.tanhSlope)
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

func (w width) lstm() {
	w.function("lstm", "func(h, c, cact, gates, cPrev *float32, n int)", "LSTM with tanh and sigmoid for n values, a multiple of 16.")
	h, c, cact, n := param("h"), param("c"), param("cact"), length("n")
	cPrev, g := param("cPrev"), parts(param("gates"), n, 4)
	n2 := GP64()
	LEAQ(Mem{Base: n, Index: n, Scale: 1}, n2)
	w.apply("inputAndForget", g[0], n2, w.sigmoid)
	w.apply("candidate", g[2], n, w.tanh)
	w.apply("output", g[3], n, w.sigmoid)
	w.sweep("state", n, func(places []place) {
		state := make(vec, len(places))
		for j, p := range places {
			in := w.load(p.of(g[0]))
			VMULPS(p.of(g[2]), in, in)
			state[j] = w.load(p.of(g[1]))
			VFMADD132PS(p.of(cPrev), in, state[j]) // forget*cPrev + in*candidate
			store(state[j], p.of(c))
		}
		y := w.tanh(state)
		for j, p := range places {
			store(y[j], p.of(cact))
			VMULPS(p.of(g[3]), y[j], y[j])
			store(y[j], p.of(h))
		}
	})
	done()
}

func (w width) lstmGrad() {
	w.function("lstmGrad", "func(dgates, dc, dh, gates, cact, cPrev *float32, n int)", "LSTMGrad with tanh and sigmoid for n values, a multiple of 16.")
	dc, dh, cact, cPrev := param("dc"), param("dh"), param("cact"), param("cPrev")
	n := length("n")
	dg, gv := parts(param("dgates"), n, 4), parts(param("gates"), n, 4)
	w.loop("values", n, func(i Register) {
		gh, ca, o := w.load(at(dh, i)), w.load(at(cact, i)), w.load(at(gv[3], i))
		do, d := w.reg(), w.reg()
		VMULPS(ca, gh, do)
		VMULPS(o, gh, d)
		w.tanhSlope(d, ca)
		w.sigmoidSlope(do, o)
		store(do, at(dg[3], i))
		VADDPS(at(dc, i), d, d)
		iv, fv, g := w.load(at(gv[0], i)), w.load(at(gv[1], i)), w.load(at(gv[2], i))
		t := w.reg()
		VMULPS(g, d, t)
		w.sigmoidSlope(t, iv)
		store(t, at(dg[0], i))
		t = w.reg()
		VMULPS(at(cPrev, i), d, t)
		w.sigmoidSlope(t, fv)
		store(t, at(dg[1], i))
		t = w.reg()
		VMULPS(iv, d, t)
		w.tanhSlope(t, g)
		store(t, at(dg[2], i))
		VMULPS(fv, d, d)
		store(d, at(dc, i))
	})
	done()
}

func (w width) gru() {
	w.function("gruOutput", "func(h, gates, hPrev *float32, n int)", "GRUOutput with tanh for n values, a multiple of 16.")
	h, hPrev, n := param("h"), param("hPrev"), length("n")
	g := parts(param("gates"), n, 3)
	w.apply("candidate", g[2], n, w.tanh)
	w.loop("values", n, func(i Register) {
		cand := w.load(at(g[2], i))
		z, rest := w.load(at(g[0], i)), w.constant(f32(1))
		VSUBPS(z, rest, rest)
		VMULPS(cand, rest, rest)
		VFMADD132PS(at(hPrev, i), rest, z) // z*hPrev + (1-z)*cand
		store(z, at(h, i))
	})
	done()
}

func (w width) gruGrad() {
	w.function("gruOutputGrad", "func(dgates, dhPrev, dh, gates, hPrev *float32, n int)", "GRUOutputGrad with tanh for n values, a multiple of 16.")
	dhPrev, dh, hPrev := param("dhPrev"), param("dh"), param("hPrev")
	n := length("n")
	dg, gv := parts(param("dgates"), n, 3), parts(param("gates"), n, 3)
	w.loop("values", n, func(i Register) {
		d, z, cand := w.load(at(dh, i)), w.load(at(gv[0], i)), w.load(at(gv[2], i))
		t := w.load(at(hPrev, i))
		VSUBPS(cand, t, t)
		VMULPS(t, d, t)
		store(t, at(dg[0], i))
		t = w.constant(f32(1))
		VSUBPS(z, t, t)
		VMULPS(t, d, t)
		w.tanhSlope(t, cand)
		store(t, at(dg[2], i))
		VMULPS(z, d, d)
		store(d, at(dhPrev, i))
	})
	done()
}
