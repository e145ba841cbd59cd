package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// scalar is an argument in all places of a register.
func scalar(name string) VecVirtual {
	r := YMM()
	VBROADCASTSS(argument(name), r)
	return r
}

// updates are the optimizers' steps.
func updates() {
	text("rmspropAVX2", "func(w, grad, v *float32, n int, rate, rho, rest, eps float32)", "rmspropAVX2 is RMSprop for n weights, a multiple of 8.")
	w, g, v, n := param("w"), param("grad"), param("v"), length("n")
	rate, rho, rest, eps := scalar("rate"), scalar("rho"), scalar("rest"), scalar("eps")
	loop("weights", n, func(i Register) {
		d, sq, vv := load(at(g, i)), YMM(), load(at(v, i))
		VMULPS(d, d, sq)
		VMULPS(rest, sq, sq)
		VMULPS(rho, vv, vv)
		VADDPS(sq, vv, vv)
		store(vv, at(v, i))
		VADDPS(eps, vv, vv)
		VSQRTPS(vv, vv)
		VMULPS(rate, d, d)
		VDIVPS(vv, d, d)
		ww := load(at(w, i))
		VSUBPS(d, ww, ww)
		store(ww, at(w, i))
	})
	done()

	text("adamAVX2", "func(w, grad, m, v *float32, n int, alpha, rest1, rest2, eps float32)", "adamAVX2 is Adam for n weights, a multiple of 8.")
	w, g, v, n = param("w"), param("grad"), param("v"), length("n")
	m := param("m")
	alpha, rest1, rest2, eps := scalar("alpha"), scalar("rest1"), scalar("rest2"), scalar("eps")
	loop("weights", n, func(i Register) {
		d, mm, vv, t := load(at(g, i)), load(at(m, i)), load(at(v, i)), YMM()
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
		ww := load(at(w, i))
		VSUBPS(mm, ww, ww)
		store(ww, at(w, i))
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
