package main

// parts are pointers to the gates of a cell, n values each.
func (a *asm) parts(name string, count int) []*reg {
	n := a.length("n")
	out := []*reg{a.param(name)}
	for i := range count - 1 {
		p := a.gp()
		a.op("ADD %v, %v, %v", n, out[i], p)
		out = append(out, p)
	}
	return out
}

// keep stores a value and returns it.
func (a *asm) keep(w wide, p *reg) wide { a.store(w, p); return w }

func lstm(f *file) {
	f.function("lstmNEON", "h *float32, c *float32, cact *float32, gates *float32, cPrev *float32, n int",
		"lstmNEON is LSTM with tanh and sigmoid for n values, a multiple of 8 and not 0.", func(a *asm) {
			h, c, cact, cPrev, g := a.param("h"), a.param("c"), a.param("cact"), a.param("cPrev"), a.parts("gates", 4)
			a.constants()
			a.loop(func() {
				in := a.keep(a.sigmoid(a.load(g[0])), g[0])
				add := a.times(in, a.keep(a.tanh(a.load(g[2])), g[2]))
				forget := a.keep(a.sigmoid(a.load(g[1])), g[1])
				state := a.keep(a.fma(forget, a.load(cPrev), add), c)
				t := a.keep(a.tanh(state), cact)
				a.store(a.times(a.keep(a.sigmoid(a.load(g[3])), g[3]), t), h)
			}, append(g, h, c, cact, cPrev)...)
		})
	f.function("lstmGradNEON", "dgates *float32, dc *float32, dh *float32, gates *float32, cact *float32, cPrev *float32, n int",
		"lstmGradNEON is LSTMGrad with tanh and sigmoid for n values, a multiple of 8 and not 0.", func(a *asm) {
			dc, dh, cact, cPrev := a.param("dc"), a.param("dh"), a.param("cact"), a.param("cPrev")
			dg, gv := a.parts("dgates", 4), a.parts("gates", 4)
			a.constants()
			a.loop(func() {
				gh, t, o := a.load(dh), a.load(cact), a.load(gv[3])
				a.store(a.sigmoidSlope(a.times(gh, t), o), dg[3])
				d := a.plus(a.load(dc), a.tanhSlope(a.times(gh, o), t))
				in, forget, cand := a.load(gv[0]), a.load(gv[1]), a.load(gv[2])
				a.store(a.sigmoidSlope(a.times(d, cand), in), dg[0])
				a.store(a.sigmoidSlope(a.times(d, a.load(cPrev)), forget), dg[1])
				a.store(a.tanhSlope(a.times(d, in), cand), dg[2])
				a.store(a.times(d, forget), dc)
			}, append(append(dg, gv...), dc, dh, cact, cPrev)...)
		})
}

func gru(f *file) {
	f.function("gruOutputNEON", "h *float32, gates *float32, hPrev *float32, n int",
		"gruOutputNEON is GRUOutput with tanh for n values, a multiple of 8 and not 0.", func(a *asm) {
			h, hPrev, g := a.param("h"), a.param("hPrev"), a.parts("gates", 3)
			a.constants()
			a.loop(func() {
				cand := a.keep(a.tanh(a.load(g[2])), g[2])
				z := a.load(g[0])
				a.store(a.fma(z, a.load(hPrev), a.times(a.minus(a.f32(1), z), cand)), h)
			}, append(g, h, hPrev)...)
		})
	f.function("gruOutputGradNEON", "dgates *float32, dhPrev *float32, dh *float32, gates *float32, hPrev *float32, n int",
		"gruOutputGradNEON is GRUOutputGrad with tanh for n values, a multiple of 8 and not 0.", func(a *asm) {
			dhPrev, dh, hPrev := a.param("dhPrev"), a.param("dh"), a.param("hPrev")
			dg, gv := a.parts("dgates", 3), a.parts("gates", 3)
			a.constants()
			a.loop(func() {
				d, z, cand := a.load(dh), a.load(gv[0]), a.load(gv[2])
				a.store(a.times(d, a.minus(a.load(hPrev), cand)), dg[0])
				a.store(a.tanhSlope(a.times(d, a.minus(a.f32(1), z)), cand), dg[2])
				a.store(a.times(d, z), dhPrev)
			}, append(append(dg, gv...), dhPrev, dh, hPrev)...)
		})
}
