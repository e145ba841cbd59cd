package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// The benchmarks run each kernel of each set; compare two versions, or two
// sets, with benchstat:
//
//	go test -run '^$' -bench . -count 6 ./internal/kernel > old.txt
//	benchstat old.txt new.txt
//	benchstat -col /set old.txt

// bench runs a benchmark for every set that this processor can run.
func bench(b *testing.B, run func(b *testing.B, k Kernels)) {
	for _, k := range sets() {
		b.Run("set="+k.Name(), func(b *testing.B) { run(b, k) })
	}
}

// loop calls f b.N times, reports what it costs a value, and the bytes that it
// reads and writes.
func loop(b *testing.B, values, bytes int, f func()) {
	b.SetBytes(int64(bytes))
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(values), "ns/value")
}

// normal are n values that neither overflow nor become denormal in a product.
func normal(n int) []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// shares are n values between 0 and 1, as gates have them: what is fed back into
// a kernel again and again neither grows nor dies away.
func shares(n int) []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n)
	for i := range x {
		x[i] = 0.1 + 0.8*rng.Float32()
	}
	return x
}

// product is a shape of Gemm as layers call it.
type product struct {
	name     string
	m, n, k  int
	ars, acs int
	ldb, ldc int
}

// products are those of a step of an LSTM of h units: the state's, its way back
// and the weights' gradient.
func products(h int) []product {
	return []product{
		{"forward", 4 * h, Lanes, h, h, 1, Lanes, Lanes},
		{"backward", h, Lanes, 4 * h, 4 * h, 1, Lanes, Lanes},
		{"weights", h, 4 * h, Lanes, Lanes, 1, 4 * h, 4 * h},
	}
}

// run measures the product. c is never cleared: it is long before it overflows.
func (p product) run(b *testing.B, set Kernels) {
	a, x := normal((p.m-1)*p.ars+(p.k-1)*p.acs+1), normal((p.k-1)*p.ldb+p.n)
	for i := range x {
		x[i] *= 1e-6
	}
	c := make([]float32, (p.m-1)*p.ldc+p.n)
	b.SetBytes(int64(4 * (p.m*p.k + p.k*p.n + 2*p.m*p.n)))
	for b.Loop() {
		set.Gemm(p.m, p.n, p.k, c, p.ldc, a, p.ars, p.acs, x, p.ldb)
	}
	flops := 2 * float64(p.m) * float64(p.n) * float64(p.k) * float64(b.N)
	b.ReportMetric(flops/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
}

func BenchmarkGemm(b *testing.B) {
	for _, h := range []int{8, 32, 64, 100, 128, 256, 512, 1024} {
		for _, p := range products(h) {
			b.Run(fmt.Sprintf("%s/H=%d", p.name, h), func(b *testing.B) { bench(b, p.run) })
		}
	}
	// The table of an Embedding(500, 16) behind which 8 units have 4 gates, and
	// the way back from it to the layer's kernel and to the embedding.
	for _, p := range []product{
		{"fold", 500, 32, 16, 16, 1, 32, 32},
		{"fold-weights", 16, 32, 500, 1, 16, 32, 32},
		{"fold-embedding", 500, 16, 32, 32, 1, 16, 16},
	} {
		b.Run(p.name, func(b *testing.B) { bench(b, p.run) })
	}
}

// cell runs a benchmark of a cell's kernel for some numbers of units. arrays are
// how many blocks of units x Lanes each of its arguments has; work is how many
// of their values count as gate elements.
func cell(b *testing.B, work int, arrays []int, f func(k Kernels, x [][]float32)) {
	for _, units := range []int{8, 128} {
		b.Run(fmt.Sprintf("H=%d", units), func(b *testing.B) {
			bench(b, func(b *testing.B, k Kernels) {
				var x [][]float32
				total := 0
				for _, n := range arrays {
					x = append(x, shares(n*units*Lanes))
					total += n
				}
				loop(b, work*units*Lanes, 4*total*units*Lanes, func() { f(k, x) })
			})
		})
	}
}

func BenchmarkLSTM(b *testing.B) {
	cell(b, 4, []int{1, 1, 1, 4, 1}, func(k Kernels, x [][]float32) {
		k.LSTM(x[0], x[1], x[2], x[3], x[4], Tanh, Sigmoid)
	})
}

func BenchmarkLSTMGrad(b *testing.B) {
	cell(b, 4, []int{4, 1, 1, 4, 1, 1}, func(k Kernels, x [][]float32) {
		k.LSTMGrad(x[0], x[1], x[2], x[3], x[4], x[5], Tanh, Sigmoid)
	})
}

func BenchmarkGRUGates(b *testing.B) {
	cell(b, 2, []int{2}, func(k Kernels, x [][]float32) { k.GRUGates(x[0], Sigmoid) })
}

func BenchmarkGRUOutput(b *testing.B) {
	cell(b, 1, []int{1, 3, 1}, func(k Kernels, x [][]float32) { k.GRUOutput(x[0], x[1], x[2], Tanh) })
}

func BenchmarkGRUOutputGrad(b *testing.B) {
	cell(b, 3, []int{3, 1, 1, 3, 1}, func(k Kernels, x [][]float32) {
		k.GRUOutputGrad(x[0], x[1], x[2], x[3], x[4], Tanh)
	})
}

// activations are those with a formula of their own in a set, and one that has
// none.
func activations() map[string]Activation {
	return map[string]Activation{"tanh": Tanh, "sigmoid": Sigmoid, "relu": ReLU, "softplus": Softplus}
}

func BenchmarkActivate(b *testing.B) {
	const n = 1024
	for name, f := range activations() {
		b.Run(name, func(b *testing.B) {
			bench(b, func(b *testing.B, k Kernels) {
				x, src := make([]float32, n), normal(n)
				loop(b, n, 8*n, func() {
					copy(x, src)
					k.Activate(x, f)
				})
			})
		})
	}
}

func BenchmarkActivateGrad(b *testing.B) {
	const n = 1024
	for name, f := range activations() {
		b.Run(name, func(b *testing.B) {
			bench(b, func(b *testing.B, k Kernels) {
				d, src, y := make([]float32, n), normal(n), normal(n)
				k.Activate(y, f)
				loop(b, n, 12*n, func() {
					copy(d, src)
					k.ActivateGrad(d, y, nil, f)
				})
			})
		})
	}
}

// BenchmarkBlocks are the kernels that move and add, on the blocks of an LSTM of
// 8 units: 32 gates.
func BenchmarkBlocks(b *testing.B) {
	const gates, words = 32, 500
	const n = gates * Lanes
	x, y, dst := normal(n), normal(n), make([]float32, n)
	table, ids, rows := normal(words*gates), make([]int32, Lanes), make([]float32, gates)
	rng := rand.New(rand.NewPCG(3, 4))
	for l := range ids {
		ids[l] = rng.Int32N(words)
	}
	for _, c := range []struct {
		name  string
		bytes int
		f     func(k Kernels)
	}{
		{"Transpose", 8 * n, func(k Kernels) { k.Transpose(dst, n/Lanes, x) }},
		{"SumRows", 4 * n, func(k Kernels) { k.SumRows(rows, x, gates, Lanes) }},
		{"Broadcast", 4 * n, func(k Kernels) { k.Broadcast(dst, rows) }},
		{"AddBias", 8 * n, func(k Kernels) { k.AddBias(dst, rows) }},
		{"Add", 12 * n, func(k Kernels) { k.Add(dst, x) }},
		{"Mul", 12 * n, func(k Kernels) { k.Mul(dst, x, y) }},
		{"MulAddTo", 16 * n, func(k Kernels) { k.MulAddTo(dst, x, y) }},
		{"Gather", 8 * n, func(k Kernels) { k.Gather(dst, table, ids) }},
		{"ScatterAdd", 12 * n, func(k Kernels) { k.ScatterAdd(table, gates, ids, x, 0, gates) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			bench(b, func(b *testing.B, k Kernels) { loop(b, n, c.bytes, func() { c.f(k) }) })
		})
	}
}
