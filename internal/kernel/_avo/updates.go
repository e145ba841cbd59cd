package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// scalar is an argument in all places of a register.
func (w width) scalar(name string) VecVirtual {
	r := w.reg()
	VBROADCASTSS(argument(name), r)
	return r
}

// updates are the optimizers' steps.
func (w width) updates() {
	w.function("rmsprop", "func(w, grad, v *float32, n int, rate, rho, rest, eps float32)", "RMSprop for "+w.multiple("n weights")+".")
	wp, g, v, n := param("w"), param("grad"), param("v"), length("n")
	rate, rho, rest, eps := w.scalar("rate"), w.scalar("rho"), w.scalar("rest"), w.scalar("eps")
	w.loop("weights", n, func(i Register) {
		d, sq, vv := w.load(at(g, i)), w.reg(), w.load(at(v, i))
		VMULPS(d, d, sq)
		VMULPS(rest, sq, sq)
		VMULPS(rho, vv, vv)
		VADDPS(sq, vv, vv)
		store(vv, at(v, i))
		VADDPS(eps, vv, vv)
		VSQRTPS(vv, vv)
		VMULPS(rate, d, d)
		VDIVPS(vv, d, d)
		ww := w.load(at(wp, i))
		VSUBPS(d, ww, ww)
		store(ww, at(wp, i))
	})
	done()

	w.function("adam", "func(w, grad, m, v *float32, n int, alpha, rest1, rest2, eps float32)", "Adam for "+w.multiple("n weights")+".")
	wp, g, v, n = param("w"), param("grad"), param("v"), length("n")
	m := param("m")
	alpha, rest1, rest2, eps := w.scalar("alpha"), w.scalar("rest1"), w.scalar("rest2"), w.scalar("eps")
	w.loop("weights", n, func(i Register) {
		d, mm, vv, t := w.load(at(g, i)), w.load(at(m, i)), w.load(at(v, i)), w.reg()
		VSUBPS(mm, d, t)
		VMULPS(rest1, t, t)
		VADDPS(t, mm, mm)
		store(mm, at(m, i))
		VMULPS(d, d, d)
		VSUBPS(vv, d, d)
		VMULPS(rest2, d, d)
		VADDPS(d, vv, vv)
		store(vv, at(v, i))
		VSQRTPS(vv, vv)
		VADDPS(eps, vv, vv)
		VMULPS(alpha, mm, mm)
		VDIVPS(vv, mm, mm)
		ww := w.load(at(wp, i))
		VSUBPS(mm, ww, ww)
		store(ww, at(wp, i))
	})
	done()
}

// argument is where an argument lies in memory.
func argument(name string) Mem {
	a, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return a.Addr
}
