package kernel

import (
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
)

func cpuTime() int64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(1, &r) // RUSAGE_THREAD
	return r.Utime.Nano()
}

func BenchmarkZ(b *testing.B) {
	runtime.LockOSThread()
	rng := rand.New(rand.NewPCG(1, 1))
	const u = 8
	n := u * Lanes
	g, gg := random(rng, 4*n), random(rng, 4*n)
	h, c, ca := random(rng, n), random(rng, n), random(rng, n)
	w := random(rng, 4*u*u)
	k := avx2{}
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			runtime.LockOSThread()
			t := cpuTime()
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(cpuTime()-t)/float64(b.N), "cpu-ns")
		})
	}
	run("lstm", func() { copy(g, gg); k.LSTM(h, c, ca, g, c, Tanh, Sigmoid) })
	run("copy", func() { copy(g, gg) })
	run("sigmoid32", func() { copy(g, gg); k.Activate(g, Sigmoid) })
	run("tanh32", func() { copy(g, gg); k.Activate(g, Tanh) })
	run("lstmgrad", func() { k.LSTMGrad(g, c, h, gg, ca, h, Tanh, Sigmoid) })
	run("forward", func() { k.Gemm(32, 16, 8, g, 16, w, 8, 1, h, 16) })
	run("backward", func() { clear(h); k.Gemm(8, 16, 32, h, 16, w, 32, 1, g, 16) })
	run("weight", func() { k.Gemm(8, 32, 16, w, 32, h, 16, 1, g, 32) })
	run("transpose", func() { k.Transpose(gg, g) })
	ids := make([]int32, 16)
	for i := range ids {
		ids[i] = rng.Int32N(500)
	}
	table := random(rng, 500*32)
	run("gather", func() { k.Gather(g, table, ids) })
	run("scatter", func() { k.ScatterAdd(table, 32, ids, g, 0, 32) })
}
