package kernel

import (
	"math/rand/v2"
	"testing"
)

// TestStaysInside: no kernel reads or writes behind the last value it was
// given. (One that does ends the test with a fault.)
func TestStaysInside(t *testing.T) {
	each(t, func(t *testing.T, k Kernels, rng *rand.Rand, _ func(n int) []float32) {
		f := func(n int) []float32 { return atPageEnd(t, make([]float32, n)) }
		for n := 1; n <= 35; n++ {
			for _, m := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 13} {
				k.Gemm(m, n, 3, f((m-1)*(n+1)+n), n+1, f(3*m), 3, 1, f(2*(n+2)+n), n+2)
				k.Gemm(m, n, 3, f(m*n), n, f(3*m), 1, m, f(3*n), n)
			}
			k.SumRows(f(n), f(2*(n+1)+n), n+1, 3)
			k.Add(f(n), f(n))
			k.Mul(f(n), f(n), f(n))
			k.MulAddTo(f(n), f(n), f(n))
			k.RMSprop(f(n), f(n), f(n), 1, 0.9, 0.1, 1e-7)
			k.Adam(f(n), f(n), f(n), f(n), 1, 0.1, 0.1, 1e-7)
			for act := Linear; act <= Keras2HardSigmoid; act++ {
				k.Activate(f(n), act)
				k.ActivateGrad(f(n), f(n), f(n), act)
			}

			block := n * Lanes
			ids := make([]int32, Lanes)
			for l := range ids {
				ids[l] = rng.Int32N(3)
			}
			ids[0] = 2 // the last
			k.Transpose(f(block), n, f(block))
			k.Broadcast(f(block), f(n))
			k.AddBias(f(block), f(n))
			k.Gather(f(block), f(3*n), ids)
			k.ScatterAdd(f(3*n), n, ids, f(block), n/2, n)
			k.LSTM(f(block), f(block), f(block), f(4*block), f(block), Tanh, Sigmoid)
			k.LSTMGrad(f(4*block), f(block), f(block), f(4*block), f(block), f(block), Tanh, Sigmoid)
			k.GRUGates(f(2*block), Sigmoid)
			k.GRUOutput(f(block), f(3*block), f(block), Tanh)
			k.GRUOutputGrad(f(3*block), f(block), f(block), f(3*block), f(block), Tanh)
		}
	})
}
