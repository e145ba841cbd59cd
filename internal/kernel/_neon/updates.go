package main

// updates are the optimizers' steps.
func updates(f *file) {
	f.function("rmspropNEON", "w *float32, grad *float32, v *float32, n int, rate float32, rho float32, rest float32, eps float32",
		"rmspropNEON is RMSprop for n weights, a multiple of 8 and not 0.", func(a *asm) {
			w, g, v := a.param("w"), a.param("grad"), a.param("v")
			rate, rho, rest, eps := a.broadcast("rate"), a.broadcast("rho"), a.broadcast("rest"), a.broadcast("eps")
			a.loop(func() {
				d := a.load(g)
				mean := a.keep(a.plus(a.times(rho, a.load(v)), a.times(rest, a.times(d, d))), v)
				step := a.over(a.times(rate, d), a.root(a.plus(mean, eps)))
				a.store(a.minus(a.load(w), step), w)
			}, w, g, v)
		})
	f.function("adamNEON", "w *float32, grad *float32, m *float32, v *float32, n int, alpha float32, rest1 float32, rest2 float32, eps float32",
		"adamNEON is Adam for n weights, a multiple of 8 and not 0.", func(a *asm) {
			w, g, m, v := a.param("w"), a.param("grad"), a.param("m"), a.param("v")
			alpha, rest1, rest2, eps := a.broadcast("alpha"), a.broadcast("rest1"), a.broadcast("rest2"), a.broadcast("eps")
			a.loop(func() {
				d, mean := a.load(g), a.load(m)
				mean = a.keep(a.plus(mean, a.times(a.minus(d, mean), rest1)), m)
				size := a.load(v)
				size = a.keep(a.plus(size, a.times(a.minus(a.times(d, d), size), rest2)), v)
				step := a.over(a.times(alpha, mean), a.plus(a.root(size), eps))
				a.store(a.minus(a.load(w), step), w)
			}, w, g, m, v)
		})
}
