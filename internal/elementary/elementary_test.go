package elementary

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// near fails where got is more than ulps units in the last place from want.
func near(t *testing.T, what string, x, got, want, ulps float64) {
	t.Helper()
	if got == want || got != got && want != want {
		return
	}
	_, e := math.Frexp(want)
	unit := math.Ldexp(1, max(e-53, -1074))
	if d := math.Abs(got-want) / unit; !(d <= ulps) {
		t.Errorf("%s(%x) = %v, want %v (%.1f ULP)", what, x, got, want, d)
	}
}

// TestAgainstMath compares with package math, which is within 1 ULP or so (but
// not on every processor for powers and logarithms at the ends of the range).
func TestAgainstMath(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	inf := math.Inf(1)
	special := []float64{0, 1, -1, inf, -inf, math.NaN(), 1e-300, -1e-300, 5e-324, -5e-324, 708, 710.5, -708, -750, 1e300, -1e300,
		math.MaxFloat64, math.Ln2, -math.Ln2, 39.9, 40.1, -40.1, 1e-9, -1e-9, 0x1p-53, 27, -27, 1 - 0x1p-53, 1 + 0x1p-52}
	for i := range 400_000 {
		// Of either sign, spread over the orders of magnitude.
		x := math.Copysign(math.Exp2(rng.Float64()*80-70), rng.Float64()-0.5)
		if i < len(special) {
			x = special[i]
		}
		if !(math.Abs(x) > 708 && math.Abs(x) < 746) {
			near(t, "Exp", x, Exp(x), math.Exp(x), 3)
		}
		near(t, "Expm1", x, Expm1(x), math.Expm1(x), 4)
		if math.Abs(x) > 0x1p-1022 || x == 0 {
			near(t, "Log", x, Log(x), math.Log(x), 3)
		}
		near(t, "Log1p", x, Log1p(x), math.Log1p(x), 4)
		y := rng.Float64() + 0.5
		near(t, "Log", y, Log(y), math.Log(y), 3)
	}
}

func TestCos(t *testing.T) {
	for x := -99.0; x < 99; x += 1.0 / 512 {
		if got, want := Cos(x), math.Cos(x); !(math.Abs(got-want) <= 2.5e-16) {
			t.Errorf("Cos(%v) = %v, want %v", x, got, want)
		}
	}
	for x, want := range map[float64]float64{0: 1, math.Pi: -1, math.Pi / 3: 0.5000000000000001} {
		near(t, "Cos", x, Cos(x), want, 4)
	}
	if !math.IsNaN(Cos(math.NaN())) || !math.IsNaN(Cos(math.Inf(1))) {
		t.Error("the cosine of no number, or of infinity, is a number")
	}
}

func TestErfc(t *testing.T) {
	for x := -7.0; x < 26; x += 1.0 / 512 {
		// The exponent's rounding grows with x*x.
		near(t, "Erfc", x, Erfc(x), math.Erfc(x), 60+3*x*x)
	}
	for _, x := range []float64{math.Inf(1), math.Inf(-1), math.NaN(), 30, 1e300} {
		near(t, "Erfc", x, Erfc(x), math.Erfc(x), 0)
	}
}

func TestEnds(t *testing.T) {
	for _, x := range []float64{709.7, -709.1, -720, -744, -745.2} {
		exact, _ := power(x).Float64()
		near(t, "Exp", x, Exp(x), exact, 3)
	}
	near(t, "Log", 5e-324, Log(5e-324), -1074*math.Ln2, 1)
}

// power is e^x by halving x and Taylor's series, in 300 bits.
func power(x float64) *big.Float {
	r := new(big.Float).SetPrec(300).SetFloat64(x / 4096)
	sum, term := new(big.Float).SetPrec(300).SetInt64(1), new(big.Float).SetPrec(300).SetInt64(1)
	for n := int64(1); n < 60; n++ {
		term.Mul(term, r)
		term.Quo(term, new(big.Float).SetInt64(n))
		sum.Add(sum, term)
	}
	for range 12 {
		sum.Mul(sum, sum)
	}
	return sum
}

func TestPow(t *testing.T) {
	for _, x := range []float64{0.9, 0.999, 0.5, 1, 0} {
		exact := big.NewFloat(1).SetPrec(2000)
		for n := range int64(300) {
			want, _ := exact.Float64()
			near(t, "Pow", x, Pow(x, n), want, float64(n))
			exact.Mul(exact, big.NewFloat(x))
		}
	}
	if got := Pow(0.999, 10_000_000); got != 0 {
		t.Errorf("0.999^10,000,000 = %v, want 0", got)
	}
}

// TestSameBitsEverywhere compares with the SHA-256 of results on amd64.
func TestSameBitsEverywhere(t *testing.T) {
	tests := []struct {
		name   string
		f      func(float64) float64
		lo, hi float64
		want   string
	}{
		{"Exp", Exp, -750, 712, "5a3cd07cbec8e94760e1925ad26cf11a"},
		{"Expm1", Expm1, -42, 42, "b65a52bfd8c93aa992ba444afc6a6f6c"},
		{"Expm1", Expm1, -0.5, 0.5, "5284c26cef9f7ec7f1429e4e933e134b"},
		{"Log", Log, 0, 3, "c4ac9712f962ebf5552753114c2aa181"},
		{"Log", Log, 0, 1e300, "afd1461ffd4c899289687d6d3d98490b"},
		{"Log1p", Log1p, -1, 1, "d5091f04117a3e3b4ade877286733f1b"},
		{"Erfc", Erfc, -7, 27.5, "3e823860cdc03191534f03bd399eded7"},
		{"Cos", Cos, -9, 9, "35f21a4b4cef135af6460aad5c381d48"},
		{"Pow", func(x float64) float64 { return Pow(x, 777) }, 0.9, 1, "8ed730eaa668d83b439697a80c1c9f32"},
	}
	for _, tt := range tests {
		const n = 100_000
		bits := make([]uint64, n)
		for i := range bits {
			bits[i] = math.Float64bits(tt.f(tt.lo + float64((tt.hi-tt.lo)*(float64(i)/n))))
		}
		hash := sha256.New()
		if err := binary.Write(hash, binary.LittleEndian, bits); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", hash.Sum(nil)[:16]); got != tt.want {
			t.Errorf("%s from %g to %g: %s, want %s", tt.name, tt.lo, tt.hi, got, tt.want)
		}
	}
}
