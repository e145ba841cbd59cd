package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// places are what stands count registers on from the i-th byte of an array.
func (w width) places(array, i Register, count int) []Mem {
	out := make([]Mem, count)
	for j := range out {
		out[j] = at(array, i)
		out[j].Disp = j * w.bytes()
	}
	return out
}

// room is memory of the function's own, for sideBySide registers.
func (w width) room() []Mem {
	const line = 64
	p := GP64()
	LEAQ(AllocLocal(sideBySide*w.bytes()+line), p)
	ADDQ(Imm(line-1), p)
	ANDQ(I8(-line), p)
	out := make([]Mem, sideBySide)
	for i := range out {
		out[i] = Mem{Base: p, Disp: i * w.bytes()}
	}
	return out
}

// sweep runs body for n bytes, whole rows of lanes: for many registers at a time,
// then for a row's.
func (w width) sweep(name string, n Register, body func(i Register, count int)) {
	i, end := GP64(), GP64()
	XORQ(i, i)
	part := func(count int) {
		bytes := count * w.bytes()
		label := fmt.Sprintf("%s%d", name, count)
		LEAQ(Mem{Base: i, Disp: bytes}, end)
		CMPQ(end, n)
		JGT(LabelRef(label + "_done"))
		Label(label)
		body(i, count)
		ADDQ(U32(bytes), i)
		ADDQ(U32(bytes), end)
		CMPQ(end, n)
		JLE(LabelRef(label))
		Label(label + "_done")
	}
	part(sideBySide)
	part(lanes / int(w))
}

// function emits sigmoid or tanh.
type function func(x, room []Mem, use func(i int, y VecVirtual))

// apply replaces x, n bytes, by f(x).
func (w width) apply(name string, x, n Register, room []Mem, f function) {
	w.sweep(name, n, func(i Register, count int) {
		p := w.places(x, i, count)
		f(p, room, func(j int, y VecVirtual) { store(y, p[j]) })
	})
}

func (w width) activations() {
	value := func(name string, f function) {
		w.function(name, "func(x *float32, n int)", "Activate for n values, a multiple of 16.")
		w.apply("values", param("x"), length("n"), w.room(), f)
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
	room := w.room()
	x, left := GP64(), GP64()
	MOVQ(g[0], x)
	LEAQ(Mem{Base: n, Index: n, Scale: 1}, left)
	Label("sigmoids") // input and forget gate, then the output gate
	w.apply("sigmoid", x, left, room, w.sigmoid)
	CMPQ(x, g[3])
	JEQ(LabelRef("sigmoids_done"))
	MOVQ(g[3], x)
	MOVQ(n, left)
	JMP(LabelRef("sigmoids"))
	Label("sigmoids_done")
	w.apply("candidate", g[2], n, room, w.tanh)
	w.sweep("state", n, func(i Register, count int) {
		state := w.places(c, i, count)
		groups(count, firstGroup, func(lo, hi int) {
			for j := lo; j < hi; j++ {
				of := func(array Register) Mem { return w.places(array, i, count)[j] }
				in, v := w.load(of(g[0])), w.load(of(g[1]))
				VMULPS(of(g[2]), in, in)
				VFMADD132PS(of(cPrev), in, v) // forget*cPrev + in*candidate
				store(v, state[j])
			}
		})
		w.tanh(state, room, func(j int, y VecVirtual) {
			store(y, w.places(cact, i, count)[j])
			VMULPS(w.places(g[3], i, count)[j], y, y)
			store(y, w.places(h, i, count)[j])
		})
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
	room := w.room()
	w.sweep("values", n, func(i Register, count int) {
		cand, update, before, out := w.places(g[2], i, count), w.places(g[0], i, count), w.places(hPrev, i, count), w.places(h, i, count)
		w.tanh(cand, room, func(j int, y VecVirtual) {
			store(y, cand[j])
			z, rest := w.load(update[j]), w.constant(f32(1))
			VSUBPS(z, rest, rest)
			VMULPS(y, rest, rest)
			VFMADD132PS(before[j], rest, z) // z*hPrev + (1-z)*candidate
			store(z, out[j])
		})
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
