package kernel

// LSTM is one time step of the LSTM cell. gates holds the pre-activations of
// the four gates i, f, g, o (each units x Lanes) and receives their values:
//
//	i = rec(i)  f = rec(f)  g = act(g)  o = rec(o)
//	c = f*cPrev + i*g    cact = act(c)    h = o*cact
//
// c may be cPrev.
func (k Go) LSTM(h, c, cact, gates, cPrev []float32, act, recurrent Activation) {
	n := len(h)
	k.Activate(gates[:2*n], recurrent)
	k.Activate(gates[2*n:3*n], act)
	k.Activate(gates[3*n:4*n], recurrent)
	i, f, g, o := gates[:n], gates[n:2*n], gates[2*n:3*n], gates[3*n:4*n]
	c, cact, cPrev = c[:n], cact[:n], cPrev[:n]
	for j := range c {
		c[j] = fma(f[j], cPrev[j], i[j]*g[j])
	}
	copy(cact, c)
	k.Activate(cact, act)
	for j := range h {
		h[j] = o[j] * cact[j]
	}
}

// LSTMGrad is the derivative of LSTM. Of the loss' gradients it takes dh, with
// respect to h, and dc, with respect to c through later steps; it leaves the
// gradient of the gates' pre-activations in dgates and that of cPrev in dc:
//
//	do = dh*cact*rec'(o)       dc += dh*o*act'(c)
//	di = dc*g*rec'(i)  df = dc*cPrev*rec'(f)  dg = dc*i*act'(g)    dc = dc*f
func (k Go) LSTMGrad(dgates, dc, dh, gates, cact, cPrev []float32, act, recurrent Activation) {
	n := len(dh)
	i, f, g, o := gates[:n], gates[n:2*n], gates[2*n:3*n], gates[3*n:4*n]
	di, df, dg, do := dgates[:n], dgates[n:2*n], dgates[2*n:3*n], dgates[3*n:4*n]
	dc, cact, cPrev = dc[:n], cact[:n], cPrev[:n]
	for j, d := range dh {
		do[j] = d * cact[j]
		di[j] = d * o[j] // room for the gradient through act(c)
	}
	k.ActivateGrad(di, cact, nil, act)
	for j := range dc {
		d := dc[j] + di[j]
		di[j] = d * g[j]
		df[j] = d * cPrev[j]
		dg[j] = d * i[j]
		dc[j] = d * f[j]
	}
	k.ActivateGrad(dgates[:2*n], gates[:2*n], nil, recurrent)
	k.ActivateGrad(dg, g, nil, act)
	k.ActivateGrad(do, o, nil, recurrent)
}

// GRUGates activates the update gate z and the reset gate r, which stand one
// after the other: z = rec(z), r = rec(r).
func (k Go) GRUGates(gates []float32, recurrent Activation) { k.Activate(gates, recurrent) }

// GRUOutput is the end of one time step of the GRU cell. gates holds z, r (both
// activated) and the candidate's pre-activation n, which becomes its value:
//
//	n = act(n)    h = z*hPrev + (1-z)*n
//
// h may be hPrev.
func (k Go) GRUOutput(h, gates, hPrev []float32, act Activation) {
	u := len(h)
	z, n := gates[:u], gates[2*u:3*u]
	k.Activate(n, act)
	hPrev = hPrev[:u]
	for j := range h {
		h[j] = fma(z[j], hPrev[j], (1-z[j])*n[j])
	}
}

// GRUOutputGrad is the derivative of GRUOutput: of dh it makes the gradients
// of z's value, of the candidate's pre-activation n, and of hPrev's direct use:
//
//	dz = dh*(hPrev-n)    dn = dh*(1-z)*act'(n)    dhPrev = dh*z
//
// The r part of dgates is left alone. dhPrev may be dh.
func (k Go) GRUOutputGrad(dgates, dhPrev, dh, gates, hPrev []float32, act Activation) {
	u := len(dh)
	z, n := gates[:u], gates[2*u:3*u]
	dz, dn := dgates[:u], dgates[2*u:3*u]
	dhPrev, hPrev = dhPrev[:u], hPrev[:u]
	for j, d := range dh {
		dz[j] = d * (hPrev[j] - n[j])
		dn[j] = d * (1 - z[j])
		dhPrev[j] = d * z[j]
	}
	k.ActivateGrad(dn, n, nil, act)
}
