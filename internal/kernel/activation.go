package kernel

import (
	"math"

	"recurve/internal/elementary"
)

// Activation is a function by Keras' formula, of each value for itself.
type Activation uint8

// The activations. Unset lets a layer choose its own default.
const (
	Unset Activation = iota
	Linear
	Tanh
	Sigmoid
	HardSigmoid
	ReLU
	ReLU6
	LeakyReLU
	ELU
	SELU
	Softplus
	Softsign
	Exponential
	SiLU
	GELU
	Keras2HardSigmoid // what Keras 2 calls hard_sigmoid
	// Softmax is a function of all features at once: layers make it of others,
	// and no set of kernels has it.
	Softmax
)

// NeedsInput reports whether the derivative has to be taken from the
// function's argument, because its value does not tell it.
func (f Activation) NeedsInput() bool { return f == SiLU || f == GELU }

const (
	leakySlope = 0.2
	seluAlpha  = 1.6732632423543772848170429916717
	seluScale  = 1.0507009873554804934193349852946
)

// Activate implements [Kernels].
func (Go) Activate(x []float32, f Activation) {
	switch f {
	case Linear:
	case Tanh:
		for i, v := range x {
			x[i] = tanh(v)
		}
	case Sigmoid:
		for i, v := range x {
			x[i] = sigmoid(v)
		}
	case ReLU:
		for i, v := range x {
			x[i] = max(v, 0)
		}
	default:
		for i, v := range x {
			x[i] = activate(v, f)
		}
	}
}

// activate is the value of the rarer activations.
func activate(v float32, f Activation) float32 {
	switch f {
	case HardSigmoid:
		return min(max(float32(v*(1.0/6))+0.5, 0), 1)
	case Keras2HardSigmoid:
		return min(max(float32(v*0.2)+0.5, 0), 1)
	case ReLU6:
		return min(max(v, 0), 6)
	case LeakyReLU:
		if v < 0 {
			return leakySlope * v
		}
		return v
	case ELU:
		if v < 0 {
			return float32(elementary.Expm1(float64(v)))
		}
		return v
	case SELU:
		if v < 0 {
			return float32(seluScale * seluAlpha * elementary.Expm1(float64(v)))
		}
		return seluScale * v
	case Softplus:
		return softplus(v)
	case Softsign:
		return v / (1 + abs(v))
	case Exponential:
		return exp(v)
	case SiLU:
		return v * sigmoid(v)
	case GELU:
		x := float64(v)
		return float32(x * 0.5 * elementary.Erfc(-x/math.Sqrt2))
	}
	panic("kernel: activation without a formula")
}

// ActivateGrad implements [Kernels].
func (Go) ActivateGrad(d, y, z []float32, f Activation) {
	y = y[:len(d)]
	switch {
	case f == Linear:
	case f == Tanh:
		for i, v := range y {
			d[i] *= fma(-v, v, 1)
		}
	case f == Sigmoid:
		for i, v := range y {
			d[i] *= v * (1 - v)
		}
	case f.NeedsInput():
		for i := range d {
			d[i] *= slopeOfInput(z[i], f)
		}
	default:
		for i := range d {
			d[i] *= slopeOfValue(y[i], f)
		}
	}
}

// slopeOfValue is f'(z) in terms of y = f(z).
func slopeOfValue(y float32, f Activation) float32 {
	switch f {
	case Linear:
		return 1
	case Tanh:
		return fma(-y, y, 1)
	case Sigmoid:
		return y * (1 - y)
	case HardSigmoid:
		return pick(y > 0 && y < 1, 1.0/6, 0)
	case Keras2HardSigmoid:
		return pick(y > 0 && y < 1, 0.2, 0)
	case ReLU:
		return pick(y > 0, 1, 0)
	case ReLU6:
		return pick(y > 0 && y < 6, 1, 0)
	case LeakyReLU:
		return pick(y >= 0, 1, leakySlope)
	case ELU:
		return pick(y >= 0, 1, y+1)
	case SELU:
		return pick(y >= 0, seluScale, y+seluScale*seluAlpha)
	case Softplus:
		return float32(-elementary.Expm1(-float64(y)))
	case Softsign:
		s := 1 - abs(y)
		return s * s
	case Exponential:
		return y
	}
	panic("kernel: activation without a slope")
}

// slopeOfInput is f'(z).
func slopeOfInput(z float32, f Activation) float32 {
	x := float64(z)
	switch f {
	case SiLU:
		s := 1 / (1 + elementary.Exp(-x))
		return float32(s * (1 + float64(x*(1-s))))
	case GELU:
		phi := elementary.Exp(-x*x/2) / math.Sqrt(2*math.Pi)
		return float32(float64(0.5*elementary.Erfc(-x/math.Sqrt2)) + float64(x*phi))
	}
	panic("kernel: activation without a slope")
}

func pick(cond bool, a, b float32) float32 {
	if cond {
		return a
	}
	return b
}

func abs(v float32) float32 { return math.Float32frombits(math.Float32bits(v) &^ (1 << 31)) }
