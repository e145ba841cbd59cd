package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exactFMA rounds once, by math/big.
func exactFMA(a, b, c float32) float32 {
	x := new(big.Float).SetPrec(2000).SetFloat64(float64(a))
	x.Mul(x, new(big.Float).SetPrec(2000).SetFloat64(float64(b)))
	x.Add(x, new(big.Float).SetPrec(2000).SetFloat64(float64(c)))
	f, _ := x.Float32()
	return f
}

func TestFMA(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	bits := func() float32 {
		for {
			// Few mantissa bits make midpoints likely.
			u := rng.Uint32() & (0xff800000 | 0x7fffff<<rng.IntN(24))
			switch rng.IntN(3) {
			case 0: // near one
				u = u&^(0xff<<23) | uint32(120+rng.IntN(16))<<23
			case 1: // products near the denormals
				u = u&^(0xff<<23) | uint32(rng.IntN(80))<<23
			}
			if f := math.Float32frombits(u); f == f && !math.IsInf(float64(f), 0) {
				return f
			}
		}
	}
	ties := 0
	for range 2_000_000 {
		a, b, c := bits(), bits(), bits()
		if rng.IntN(4) == 0 { // a sum on a midpoint, but for a last bit
			c = float32(math.Ldexp(1, rng.IntN(60)-30))
			a, b = c, float32(math.Ldexp(1, -24))*(1+float32(rng.IntN(3)-1)*float32(math.Ldexp(1, -23)))
		}
		got, want := fma(a, b, c), exactFMA(a, b, c)
		if math.Float32bits(got) != math.Float32bits(want) && !(got == 0 && want == 0) {
			t.Fatalf("fma(%x, %x, %x) = %x, want %x", a, b, c, got, want)
		}
		if s := float64(a)*float64(b) + float64(c); float32(s) != want {
			ties++
		}
	}
	if ties == 0 {
		t.Error("no case in which rounding twice goes wrong: the test proves nothing")
	}
	t.Logf("%d cases in which rounding twice goes wrong", ties)
}
