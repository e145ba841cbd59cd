package initializer

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func moments(x []float32) (mean, std, lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range x {
		mean += float64(v)
		lo, hi = min(lo, float64(v)), max(hi, float64(v))
	}
	mean /= float64(len(x))
	for _, v := range x {
		std += (float64(v) - mean) * (float64(v) - mean)
	}
	return mean, math.Sqrt(std / float64(len(x))), lo, hi
}

// The expected limits and deviations are Keras' formulas worked out by hand
// for fanIn = 200, fanOut = 400.
func TestDistributions(t *testing.T) {
	const cut = 0.87962566103423978
	tests := []struct {
		init     Initializer
		std, lim float64 // lim: nothing beyond it, and something near it
	}{
		{GlorotUniform{}, math.Sqrt(6.0/600) / math.Sqrt(3), math.Sqrt(6.0 / 600)},
		{HeUniform{}, math.Sqrt(6.0/200) / math.Sqrt(3), math.Sqrt(6.0 / 200)},
		{LecunUniform{}, math.Sqrt(3.0/200) / math.Sqrt(3), math.Sqrt(3.0 / 200)},
		{RandomUniform{}, 0.05 / math.Sqrt(3), 0.05},
		{GlorotNormal{}, math.Sqrt(2.0 / 600), 2 * math.Sqrt(2.0/600) / cut},
		{HeNormal{}, math.Sqrt(2.0 / 200), 2 * math.Sqrt(2.0/200) / cut},
		{LecunNormal{}, math.Sqrt(1.0 / 200), 2 * math.Sqrt(1.0/200) / cut},
		{TruncatedNormal{}, 0.05 * cut, 0.1},
		{RandomNormal{}, 0.05, math.Inf(1)},
	}
	for _, tt := range tests {
		t.Run(tt.init.ClassName(), func(t *testing.T) {
			x := make([]float32, 200*400)
			if err := tt.init.Fill(x, []int{200, 400}, rand.New(rand.NewPCG(1, 2))); err != nil {
				t.Fatal(err)
			}
			mean, std, lo, hi := moments(x)
			if math.Abs(mean) > 4*tt.std/math.Sqrt(80000) {
				t.Errorf("mean %g, want 0", mean)
			}
			if math.Abs(std/tt.std-1) > 0.01 {
				t.Errorf("standard deviation %g, want %g", std, tt.std)
			}
			if !math.IsInf(tt.lim, 0) {
				if far := max(-lo, hi); far > tt.lim*(1+1e-6) || far < 0.97*tt.lim {
					t.Errorf("range %g to %g, want up to %g", lo, hi, tt.lim)
				}
			}
		})
	}
}

func TestOrthogonal(t *testing.T) {
	for _, shape := range [][]int{{8, 32}, {8, 8}, {40, 7}, {1, 5}, {5, 1}} {
		rows, cols := shape[0], shape[1]
		x := make([]float32, rows*cols)
		if err := (Orthogonal{Gain: 2}).Fill(x, shape, rand.New(rand.NewPCG(3, 4))); err != nil {
			t.Fatal(err)
		}
		at := func(i, j int) float64 { return float64(x[i*cols+j]) }
		n, m := rows, cols // n vectors of length m
		if rows > cols {
			at = func(i, j int) float64 { return float64(x[j*cols+i]) }
			n, m = cols, rows
		}
		for i := range n {
			for j := range n {
				var s, want float64
				for k := range m {
					s += at(i, k) * at(j, k)
				}
				if i == j {
					want = 4
				}
				if math.Abs(s-want) > 1e-5 {
					t.Errorf("shape %v: vectors %d and %d have product %g, want %g", shape, i, j, s, want)
				}
			}
		}
	}
}

// TestNormal counts the draws within 1, 2 and 3 standard deviations.
func TestNormal(t *testing.T) {
	const n = 200_000
	x := make([]float32, n)
	if err := (RandomNormal{Mean: 1, StdDev: 2}).Fill(x, []int{n}, rand.New(rand.NewPCG(5, 6))); err != nil {
		t.Fatal(err)
	}
	for k := 1.0; k <= 3; k++ {
		var below, within int
		for _, v := range x {
			if z := (float64(v) - 1) / 2; math.Abs(z) < k {
				within++
				if z < 0 {
					below++
				}
			}
		}
		p := math.Erf(k / math.Sqrt2)
		if d := float64(within)/n - p; math.Abs(d) > 4*math.Sqrt(p*(1-p)/n) {
			t.Errorf("%.5f of the draws are within %g standard deviations, want %.5f", float64(within)/n, k, p)
		}
		if d := float64(below)/float64(within) - 0.5; math.Abs(d) > 4*0.5/math.Sqrt(float64(within)) {
			t.Errorf("%.5f of those within %g standard deviations are below the mean, want half", float64(below)/float64(within), k)
		}
	}
}

// TestSameBitsEverywhere compares with the SHA-256 of 100,000 weights on amd64.
func TestSameBitsEverywhere(t *testing.T) {
	tests := []struct {
		init Initializer
		want string
	}{
		{RandomNormal{Mean: 0.1}, "6b0f8e4847e81150aa29122167976785"},
		{TruncatedNormal{}, "a9e0b5a972963c45dbb041bae1bda9dc"},
		{RandomUniform{MinVal: -0.3, MaxVal: 0.7}, "039ddc3bd430b7c1d1328b68029c48ed"},
		{GlorotUniform{}, "5829d27b8af85068bd008df709a1c187"},
		{HeNormal{}, "2d60147eeff73e8a22a7c12bb9a1e9ed"},
		{Orthogonal{}, "553cc166d92fc6ea9a6ed9965de6a9d2"},
	}
	for _, tt := range tests {
		x := make([]float32, 100_000)
		if err := tt.init.Fill(x, []int{100, 1000}, rand.New(rand.NewPCG(7, 8))); err != nil {
			t.Fatal(err)
		}
		hash := sha256.New()
		if err := binary.Write(hash, binary.LittleEndian, x); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", hash.Sum(nil)[:16]); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.init.ClassName(), got, tt.want)
		}
	}
}

func TestBadArguments(t *testing.T) {
	x := make([]float32, 4)
	for _, i := range []Initializer{
		RandomUniform{MinVal: 1, MaxVal: -1}, RandomUniform{MinVal: math.NaN(), MaxVal: 1},
		RandomNormal{StdDev: -1}, TruncatedNormal{StdDev: math.Inf(1)}, Orthogonal{Gain: math.NaN()},
	} {
		if err := i.Fill(x, []int{2, 2}, rand.New(rand.NewPCG(1, 1))); err == nil {
			t.Errorf("%#v: no error", i)
		}
	}
	if err := (Orthogonal{}).Fill(x, []int{4}, rand.New(rand.NewPCG(1, 1))); err == nil {
		t.Error("Orthogonal of rank 1: no error")
	}
}
