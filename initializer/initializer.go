// Package initializer fills a layer's new weights, by Keras' formulas.
//
// The distributions are Keras'; the random numbers are not, because each of
// Keras' backends draws its own. Exchange files to start from equal weights.
package initializer

import (
	"fmt"
	"math"
	"math/rand/v2"

	"recurve/internal/elementary"
)

// Initializer fills a new weight.
type Initializer interface {
	// ClassName is Keras' name of the class, such as "GlorotUniform".
	ClassName() string
	// Fill sets dst, a row-major array of the given shape, drawing from rng.
	Fill(dst []float32, shape []int, rng *rand.Rand) error
}

// Zeros fills with 0.
type Zeros struct{}

// Ones fills with 1.
type Ones struct{}

// Constant fills with Value.
type Constant struct{ Value float64 }

// RandomUniform draws from U(MinVal, MaxVal); both zero mean -0.05 and 0.05.
type RandomUniform struct{ MinVal, MaxVal float64 }

// RandomNormal draws from N(Mean, StdDev); StdDev 0 means 0.05.
type RandomNormal struct{ Mean, StdDev float64 }

// TruncatedNormal draws from N(Mean, StdDev) and again what is more than two
// StdDev away from Mean; StdDev 0 means 0.05.
type TruncatedNormal struct{ Mean, StdDev float64 }

// GlorotUniform draws from U(-l, l), l = sqrt(6 / (fanIn + fanOut)).
type GlorotUniform struct{}

// GlorotNormal draws from the truncated normal of variance 2 / (fanIn + fanOut).
type GlorotNormal struct{}

// HeUniform draws from U(-l, l), l = sqrt(6 / fanIn).
type HeUniform struct{}

// HeNormal draws from the truncated normal of variance 2 / fanIn.
type HeNormal struct{}

// LecunUniform draws from U(-l, l), l = sqrt(3 / fanIn).
type LecunUniform struct{}

// LecunNormal draws from the truncated normal of variance 1 / fanIn.
type LecunNormal struct{}

// ClassName implements [Initializer].
func (Zeros) ClassName() string { return "Zeros" }

// ClassName implements [Initializer].
func (Ones) ClassName() string { return "Ones" }

// ClassName implements [Initializer].
func (Constant) ClassName() string { return "Constant" }

// ClassName implements [Initializer].
func (RandomUniform) ClassName() string { return "RandomUniform" }

// ClassName implements [Initializer].
func (RandomNormal) ClassName() string { return "RandomNormal" }

// ClassName implements [Initializer].
func (TruncatedNormal) ClassName() string { return "TruncatedNormal" }

// ClassName implements [Initializer].
func (GlorotUniform) ClassName() string { return "GlorotUniform" }

// ClassName implements [Initializer].
func (GlorotNormal) ClassName() string { return "GlorotNormal" }

// ClassName implements [Initializer].
func (HeUniform) ClassName() string { return "HeUniform" }

// ClassName implements [Initializer].
func (HeNormal) ClassName() string { return "HeNormal" }

// ClassName implements [Initializer].
func (LecunUniform) ClassName() string { return "LecunUniform" }

// ClassName implements [Initializer].
func (LecunNormal) ClassName() string { return "LecunNormal" }

// Fill implements [Initializer].
func (Zeros) Fill(dst []float32, _ []int, _ *rand.Rand) error { return fill(dst, 0) }

// Fill implements [Initializer].
func (Ones) Fill(dst []float32, _ []int, _ *rand.Rand) error { return fill(dst, 1) }

// Fill implements [Initializer].
func (c Constant) Fill(dst []float32, _ []int, _ *rand.Rand) error { return fill(dst, c.Value) }

// Fill implements [Initializer].
func (u RandomUniform) Fill(dst []float32, _ []int, rng *rand.Rand) error {
	if u == (RandomUniform{}) {
		u = RandomUniform{MinVal: -0.05, MaxVal: 0.05}
	}
	if !(u.MinVal <= u.MaxVal) || math.IsInf(u.MaxVal-u.MinVal, 0) {
		return fmt.Errorf("RandomUniform from %v to %v: expected finite bounds, the smaller first", u.MinVal, u.MaxVal)
	}
	return uniform(dst, u.MinVal, u.MaxVal, rng)
}

// Fill implements [Initializer].
func (n RandomNormal) Fill(dst []float32, _ []int, rng *rand.Rand) error {
	std, err := stdDev("RandomNormal", n.Mean, n.StdDev)
	if err != nil {
		return err
	}
	for i := range dst {
		dst[i] = float32(n.Mean + float64(std*normal(rng)))
	}
	return nil
}

// Fill implements [Initializer].
func (n TruncatedNormal) Fill(dst []float32, _ []int, rng *rand.Rand) error {
	std, err := stdDev("TruncatedNormal", n.Mean, n.StdDev)
	if err != nil {
		return err
	}
	return truncated(dst, n.Mean, std, rng)
}

// Fill implements [Initializer].
func (GlorotUniform) Fill(dst []float32, shape []int, rng *rand.Rand) error {
	in, out := fans(shape)
	l := math.Sqrt(6 / max(1, in+out))
	return uniform(dst, -l, l, rng)
}

// Fill implements [Initializer].
func (GlorotNormal) Fill(dst []float32, shape []int, rng *rand.Rand) error {
	in, out := fans(shape)
	return varianceNormal(dst, 2/max(1, in+out), rng)
}

// Fill implements [Initializer].
func (HeUniform) Fill(dst []float32, shape []int, rng *rand.Rand) error {
	in, _ := fans(shape)
	l := math.Sqrt(6 / max(1, in))
	return uniform(dst, -l, l, rng)
}

// Fill implements [Initializer].
func (HeNormal) Fill(dst []float32, shape []int, rng *rand.Rand) error {
	in, _ := fans(shape)
	return varianceNormal(dst, 2/max(1, in), rng)
}

// Fill implements [Initializer].
func (LecunUniform) Fill(dst []float32, shape []int, rng *rand.Rand) error {
	in, _ := fans(shape)
	l := math.Sqrt(3 / max(1, in))
	return uniform(dst, -l, l, rng)
}

// Fill implements [Initializer].
func (LecunNormal) Fill(dst []float32, shape []int, rng *rand.Rand) error {
	in, _ := fans(shape)
	return varianceNormal(dst, 1/max(1, in), rng)
}

func fill(dst []float32, v float64) error {
	for i := range dst {
		dst[i] = float32(v)
	}
	return nil
}

func uniform(dst []float32, lo, hi float64, rng *rand.Rand) error {
	for i := range dst {
		dst[i] = float32(lo + float64((hi-lo)*rng.Float64()))
	}
	return nil
}

// varianceNormal draws from a normal cut at two standard deviations whose
// variance after the cut is v.
func varianceNormal(dst []float32, v float64, rng *rand.Rand) error {
	const cut = 0.87962566103423978 // standard deviation of N(0,1) cut at +-2
	return truncated(dst, 0, math.Sqrt(v)/cut, rng)
}

func truncated(dst []float32, mean, std float64, rng *rand.Rand) error {
	for i := range dst {
		z := normal(rng)
		for math.Abs(z) > 2 {
			z = normal(rng)
		}
		dst[i] = float32(mean + float64(std*z))
	}
	return nil
}

// normal draws from N(0, 1) by Marsaglia's polar method. (rng.NormFloat64 asks
// package math, which doesn't give the same bits on every processor.)
func normal(rng *rand.Rand) float64 {
	for {
		x, y := symmetric(rng), symmetric(rng)
		if s := float64(x*x) + float64(y*y); s < 1 && s > 0 {
			return float64(x * math.Sqrt(-2*elementary.Log(s)/s))
		}
	}
}

// symmetric draws from U(-1, 1), in steps of 2^-53.
func symmetric(rng *rand.Rand) float64 { return float64(int64(rng.Uint64())>>10) / (1 << 53) }

func stdDev(name string, mean, std float64) (float64, error) {
	if std == 0 {
		std = 0.05
	}
	if !(std > 0) || math.IsInf(std, 0) || math.IsNaN(mean) || math.IsInf(mean, 0) {
		return 0, fmt.Errorf("%s with mean %v and standard deviation %v: expected finite numbers, the deviation positive", name, mean, std)
	}
	return std, nil
}

// fans are the number of inputs and outputs of a weight, as Keras counts them.
func fans(shape []int) (in, out float64) {
	switch len(shape) {
	case 0:
		return 1, 1
	case 1:
		return float64(shape[0]), float64(shape[0])
	}
	field := 1
	for _, d := range shape[:len(shape)-2] {
		field *= d
	}
	return float64(shape[len(shape)-2] * field), float64(shape[len(shape)-1] * field)
}
