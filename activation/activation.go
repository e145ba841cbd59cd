// Package activation names the functions a layer can end with, by Keras'
// formulas (Keras 3 where it differs from Keras 2).
package activation

import (
	"fmt"
	"slices"
	"strings"

	"recurve/internal/kernel"
)

// Activation is a function of each value for itself, Softmax apart. The zero value, Default, stands for
// the default of the argument it is given to: linear in a Dense layer, tanh for
// a recurrent layer's Activation, sigmoid for its RecurrentActivation.
type Activation uint8

// The activations.
const (
	Default     = Activation(kernel.Unset)
	Linear      = Activation(kernel.Linear)      // x
	Tanh        = Activation(kernel.Tanh)        // (e^x - e^-x) / (e^x + e^-x)
	Sigmoid     = Activation(kernel.Sigmoid)     // 1 / (1 + e^-x)
	HardSigmoid = Activation(kernel.HardSigmoid) // clip(x/6 + 0.5, 0, 1)
	ReLU        = Activation(kernel.ReLU)        // max(x, 0)
	ReLU6       = Activation(kernel.ReLU6)       // min(max(x, 0), 6)
	LeakyReLU   = Activation(kernel.LeakyReLU)   // x if x >= 0, else 0.2x
	ELU         = Activation(kernel.ELU)         // x if x >= 0, else e^x - 1
	SELU        = Activation(kernel.SELU)        // 1.0507 * (x if x >= 0, else 1.6733 (e^x - 1))
	Softplus    = Activation(kernel.Softplus)    // log(1 + e^x)
	Softsign    = Activation(kernel.Softsign)    // x / (1 + |x|)
	Exponential = Activation(kernel.Exponential) // e^x
	SiLU        = Activation(kernel.SiLU)        // x / (1 + e^-x), also called swish
	GELU        = Activation(kernel.GELU)        // x Phi(x), the exact form
	// Keras2HardSigmoid is what Keras 2 calls hard_sigmoid: clip(0.2x + 0.5, 0, 1).
	// It comes with files of Keras 2; Keras 3 has no name for it.
	Keras2HardSigmoid = Activation(kernel.Keras2HardSigmoid)
	// Softmax is e^x divided by the sum of e^x over all features. It stands in a
	// Dense layer, not inside the cells of a recurrent one.
	Softmax = Activation(kernel.Softmax)
)

// names are Keras', in the order of the constants; keras2_hard_sigmoid is our own.
func names() []string {
	return []string{"default", "linear", "tanh", "sigmoid", "hard_sigmoid", "relu", "relu6", "leaky_relu",
		"elu", "selu", "softplus", "softsign", "exponential", "silu", "gelu", "keras2_hard_sigmoid", "softmax"}
}

// String is Keras' name of the activation.
func (a Activation) String() string {
	if n := names(); int(a) < len(n) {
		return n[a]
	}
	return fmt.Sprintf("activation(%d)", uint8(a))
}

// Parse returns the activation that Keras calls name.
func Parse(name string) (Activation, error) {
	if name == "swish" { // Keras' alias
		name = "silu"
	}
	if i := slices.Index(names(), name); i > 0 {
		return Activation(i), nil
	}
	return Default, fmt.Errorf("activation %q is not supported; known: %s", name, strings.Join(names()[1:], ", "))
}

// Valid reports whether a is one of the constants.
func (a Activation) Valid() bool { return int(a) < len(names()) }

// Or returns a, or def where a is Default.
func (a Activation) Or(def Activation) Activation {
	if a == Default {
		return def
	}
	return a
}

// InCells reports whether a recurrent layer can have the activation inside: its
// derivative must follow from its value alone.
func (a Activation) InCells() bool { return !a.Kernel().NeedsInput() && a != Softmax }

// Kernel is the activation's arithmetic.
func (a Activation) Kernel() kernel.Activation { return kernel.Activation(a) }
