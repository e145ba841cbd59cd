package onnx

import (
	"math"

	"recurve/activation"
)

// activate adds the activation a to values of any shape.
func (s *scope) activate(x string, a activation.Activation) string {
	in := []string{x}
	switch a {
	case activation.Tanh:
		return s.op("Tanh", in)
	case activation.Sigmoid:
		return s.op("Sigmoid", in)
	case activation.HardSigmoid:
		return s.op("HardSigmoid", in, attribute{"alpha", float32(1.0 / 6)}, attribute{"beta", float32(0.5)})
	case activation.Keras2HardSigmoid:
		return s.op("HardSigmoid", in, attribute{"alpha", float32(0.2)}, attribute{"beta", float32(0.5)})
	case activation.Softmax:
		return s.op("Softmax", in, attribute{"axis", -1})
	case activation.ReLU:
		return s.op("Relu", in)
	case activation.ReLU6:
		return s.op("Clip", []string{x, s.scalar(0), s.scalar(6)})
	case activation.LeakyReLU:
		return s.op("LeakyRelu", in, attribute{"alpha", float32(0.2)})
	case activation.ELU:
		return s.op("Elu", in, attribute{"alpha", float32(1)})
	case activation.SELU:
		return s.op("Selu", in, attribute{"alpha", float32(1.6732632423543772)}, attribute{"gamma", float32(1.0507009873554805)})
	case activation.Softplus:
		return s.op("Softplus", in)
	case activation.Softsign:
		return s.op("Softsign", in)
	case activation.Exponential:
		return s.op("Exp", in)
	case activation.SiLU:
		return s.op("Mul", []string{x, s.op("Sigmoid", in)})
	case activation.GELU: // x Phi(x) = x/2 (1 + erf(x/sqrt 2))
		erf := s.op("Erf", []string{s.op("Mul", []string{x, s.scalar(1 / math.Sqrt2)})})
		half := s.op("Mul", []string{x, s.scalar(0.5)})
		return s.op("Mul", []string{half, s.op("Add", []string{erf, s.scalar(1)})})
	case activation.Default, activation.Linear:
		return x
	}
	panic("onnx: an activation without a formula")
}

// cellActivations are activations as an attribute of a recurrent operator, in
// the operator's order.
type cellActivations struct {
	names       []string
	alpha, beta []float32 // of those that have them, in turn
}

// add adds the activation, and reports whether ONNX' recurrent operators know
// it. What they do not know, a Scan can say.
func (c *cellActivations) add(a activation.Activation) bool {
	name := ""
	switch a {
	case activation.Tanh:
		name = "Tanh"
	case activation.Sigmoid:
		name = "Sigmoid"
	case activation.ReLU:
		name = "Relu"
	case activation.Softplus:
		name = "Softplus"
	case activation.Softsign:
		name = "Softsign"
	case activation.Linear:
		name = "Affine"
		c.alpha, c.beta = append(c.alpha, 1), append(c.beta, 0)
	case activation.HardSigmoid:
		name = "HardSigmoid"
		c.alpha, c.beta = append(c.alpha, 1.0/6), append(c.beta, 0.5)
	case activation.Keras2HardSigmoid:
		name = "HardSigmoid"
		c.alpha, c.beta = append(c.alpha, 0.2), append(c.beta, 0.5)
	case activation.LeakyReLU:
		name = "LeakyRelu"
		c.alpha = append(c.alpha, 0.2)
	case activation.ELU:
		name = "Elu"
		c.alpha = append(c.alpha, 1)
	}
	c.names = append(c.names, name)
	return name != ""
}

// attributes are those of the operator.
func (c *cellActivations) attributes() []attribute {
	out := []attribute{{"activations", c.names}}
	if len(c.alpha) > 0 {
		out = append(out, attribute{"activation_alpha", c.alpha})
	}
	if len(c.beta) > 0 {
		out = append(out, attribute{"activation_beta", c.beta})
	}
	return out
}
