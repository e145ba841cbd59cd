package kernel

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// The fuzz targets hold every set to plain Go on values and shapes of the
// fuzzer's choice. Each takes the bits of the values it needs from data, again
// from the beginning where data ends.

// source deals out values.
type source struct {
	data        []byte
	next, round int
}

func (s *source) take(n int) []float32 {
	x := make([]float32, n)
	if len(s.data) < 4 {
		return x
	}
	for i := range x {
		if s.next+4 > len(s.data) {
			s.round++
			s.next = s.round % min(4, len(s.data)-3) // other bytes together than in the round before
		}
		x[i] = math.Float32frombits(binary.LittleEndian.Uint32(s.data[s.next:]))
		s.next += 4
	}
	return x
}

// seeds are bits of values of all kinds.
func seeds(f *testing.F, add func(data []byte)) {
	f.Helper()
	inf, nan := float32(math.Inf(1)), math.Float32frombits(0x7f812345)
	for _, x := range [][]float32{
		{1, -0.5, 0.625, 0.62499994, 3, -7, 1e-3, 2},
		{0, -1e-40, math.SmallestNonzeroFloat32, 1e-38, 1, -1e-20},
		{inf, 1, -inf, 0.5, nan, -1, math.MaxFloat32, -math.MaxFloat32},
		{-87.5, -103.9, -104.1, 88.8, 10, -20, 9, -10.5},
	} {
		var data []byte
		for _, v := range x {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
		add(data)
	}
}

// alike runs a kernel of every set and of plain Go on copies of the same arrays,
// which must all end with the same bits.
func alike(t *testing.T, what string, x [][]float32, run func(k Kernels, x [][]float32)) {
	t.Helper()
	clone := func() (out [][]float32) {
		for _, v := range x {
			out = append(out, slices.Clone(v))
		}
		return out
	}
	want := clone()
	run(Go{}, want)
	for _, k := range sets() {
		got := clone()
		run(k, got)
		for i := range got {
			if !equal(got[i], want[i]) {
				t.Fatalf("%s of %s: array %d differs from plain Go's", what, k.Name(), i)
			}
		}
	}
}

func FuzzGemm(f *testing.F) {
	seeds(f, func(data []byte) {
		f.Add(data, uint8(6), uint8(16), uint8(8), uint8(0), false)
		f.Add(data, uint8(13), uint8(27), uint8(5), uint8(3), true)
		f.Add(data, uint8(12), uint8(8), uint8(16), uint8(1), false)
	})
	f.Fuzz(func(t *testing.T, data []byte, m, n, k, gap uint8, turned bool) {
		rows, cols, depth := 1+int(m)%50, 1+int(n)%70, 1+int(k)%40
		ldc, ldb, ars, acs := cols+int(gap)%4, cols+int(gap)/4%4, depth+int(gap)/16%4, 1
		if turned {
			ars, acs = 1, rows+int(gap)/16%4
		}
		s := source{data: data}
		x := [][]float32{s.take((rows-1)*ldc + cols), s.take((rows-1)*ars + (depth-1)*acs + 1), s.take((depth-1)*ldb + cols)}
		alike(t, "Gemm", x, func(k Kernels, x [][]float32) {
			k.Gemm(rows, cols, depth, x[0], ldc, x[1], ars, acs, x[2], ldb)
		})
	})
}

func FuzzActivations(f *testing.F) {
	seeds(f, func(data []byte) {
		for act := Linear; act <= GELU; act++ {
			f.Add(data, uint8(act), uint8(0))
		}
	})
	f.Fuzz(func(t *testing.T, data []byte, act, extra uint8) {
		function := Linear + Activation(act)%GELU
		s := source{data: data}
		n := max(1, len(data)/4) + int(extra)
		x := [][]float32{s.take(n), s.take(n), s.take(n), s.take(n)}
		alike(t, "Activate", x[:1], func(k Kernels, x [][]float32) { k.Activate(x[0], function) })
		alike(t, "ActivateGrad", x[1:], func(k Kernels, x [][]float32) { k.ActivateGrad(x[0], x[1], x[2], function) })
	})
}

func FuzzCells(f *testing.F) {
	seeds(f, func(data []byte) {
		f.Add(data, uint8(8), false)
		f.Add(data, uint8(5), true)
	})
	f.Fuzz(func(t *testing.T, data []byte, units uint8, rare bool) {
		n, act := (1+int(units)%20)*Lanes, Tanh
		if rare {
			act = ReLU
		}
		s := source{data: data}
		take := func(blocks ...int) (x [][]float32) {
			for _, b := range blocks {
				x = append(x, s.take(b*n))
			}
			return x
		}
		alike(t, "LSTM", take(1, 1, 1, 4, 1), func(k Kernels, x [][]float32) {
			k.LSTM(x[0], x[1], x[2], x[3], x[4], act, Sigmoid)
		})
		alike(t, "LSTMGrad", take(4, 1, 1, 4, 1, 1), func(k Kernels, x [][]float32) {
			k.LSTMGrad(x[0], x[1], x[2], x[3], x[4], x[5], act, Sigmoid)
		})
		alike(t, "GRUGates", take(2), func(k Kernels, x [][]float32) { k.GRUGates(x[0], Sigmoid) })
		alike(t, "GRUOutput", take(1, 3, 1), func(k Kernels, x [][]float32) { k.GRUOutput(x[0], x[1], x[2], act) })
		alike(t, "GRUOutputGrad", take(3, 1, 3, 1), func(k Kernels, x [][]float32) {
			k.GRUOutputGrad(x[0], x[1], x[1], x[2], x[3], act)
		})
	})
}

func FuzzBlocks(f *testing.F) {
	seeds(f, func(data []byte) {
		f.Add(data, uint8(32), uint8(0))
		f.Add(data, uint8(9), uint8(3))
	})
	f.Fuzz(func(t *testing.T, data []byte, size, cut uint8) {
		const words = 7
		rows := 1 + int(size)%70
		n, s := rows*Lanes, source{data: data}
		ids := make([]int32, Lanes)
		for l := range ids {
			if len(data) > 0 {
				ids[l] = int32(data[l%len(data)]) % words
			}
		}
		x := [][]float32{s.take(n), s.take(n), s.take(n), s.take(rows), s.take(words * rows)}
		lo, hi := Span(rows, int(cut)%3, 3)
		for what, run := range map[string]func(k Kernels, x [][]float32){
			"Transpose":  func(k Kernels, x [][]float32) { k.Transpose(x[0], rows, x[1]) },
			"SumRows":    func(k Kernels, x [][]float32) { k.SumRows(x[3], x[1], rows, Lanes) },
			"Broadcast":  func(k Kernels, x [][]float32) { k.Broadcast(x[0], x[3]) },
			"AddBias":    func(k Kernels, x [][]float32) { k.AddBias(x[0], x[3]) },
			"Add":        func(k Kernels, x [][]float32) { k.Add(x[0][lo:], x[1][lo:]) },
			"Mul":        func(k Kernels, x [][]float32) { k.Mul(x[0][lo:], x[1][lo:], x[2][lo:]) },
			"MulAddTo":   func(k Kernels, x [][]float32) { k.MulAddTo(x[0][lo:], x[1][lo:], x[2][lo:]) },
			"Gather":     func(k Kernels, x [][]float32) { k.Gather(x[0], x[4], ids) },
			"ScatterAdd": func(k Kernels, x [][]float32) { k.ScatterAdd(x[4], rows, ids, x[0], lo, hi) },
		} {
			alike(t, what, x, run)
		}
	})
}

func FuzzUpdates(f *testing.F) {
	seeds(f, func(data []byte) { f.Add(data, float32(1e-3), float32(0.9), float32(1e-7)) })
	f.Fuzz(func(t *testing.T, data []byte, rate, rho, eps float32) {
		s, n := source{data: data}, max(1, len(data)/16)
		x := [][]float32{s.take(n), s.take(n), s.take(n), s.take(n)}
		alike(t, "RMSprop", x, func(k Kernels, x [][]float32) { k.RMSprop(x[0], x[1], x[2], rate, rho, 1-rho, eps) })
		alike(t, "Adam", x, func(k Kernels, x [][]float32) {
			k.Adam(x[0], x[1], x[2], x[3], rate, 1-rho, rho, eps)
		})
	})
}
