package keras

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"recurve"
	"recurve/activation"
	"recurve/constraint"
	"recurve/initializer"
	"recurve/layer"
	"recurve/regularizer"
)

// configJSON is config.json for the model.
func configJSON(m *recurve.Model) ([]byte, error) {
	c, err := sequentialOf(m)
	if err != nil {
		return nil, err
	}
	out := model{}
	if out.object, err = newObject("keras", "Sequential", c); err != nil {
		return nil, err
	}
	if out.CompileConfig, err = compileJSON(m); err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// sequentialOf are the model's arguments.
func sequentialOf(m *recurve.Model) (*sequentialConfig, error) {
	if err := writableName(m.Name()); err != nil {
		return nil, fmt.Errorf("the model: %w", err)
	}
	c := &sequentialConfig{Name: m.Name()}
	net := m.Network()
	shape, err := json.Marshal(batchShape(net.Input))
	if err != nil {
		return nil, err
	}
	if net.InputName == "" {
		c.BuildInputShape = shape
	} else {
		input := inputConfig{BatchShape: shape, DType: "float32", Name: net.InputName}
		if net.Input.IDs {
			input.DType = "int32"
		}
		o, err := newObject("keras.layers", "InputLayer", input)
		if err != nil {
			return nil, err
		}
		c.Layers = append(c.Layers, o)
	}
	for _, op := range net.Operators {
		o, err := layerObject(op)
		if err != nil {
			return nil, fmt.Errorf("layer %q (%s): %w", op.Name(), op.Layer().ClassName(), err)
		}
		c.Layers = append(c.Layers, o)
	}
	return c, nil
}

// batchShape is the shape with the batch in front; null stands for any number.
func batchShape(s layer.Shape) []*int {
	out := []*int{nil}
	for _, d := range s.Dims() {
		var n *int
		if d > 0 {
			n = &d
		}
		out = append(out, n)
	}
	return out
}

// writableName refuses what Keras refuses.
func writableName(name string) error {
	if strings.Contains(name, "/") {
		return fmt.Errorf("Keras takes no name with a slash in it; give it another than %q", name)
	}
	return nil
}

// writableActivation refuses what Keras 3 has no name for.
func writableActivation(l layer.Layer) error {
	var all []activation.Activation
	switch l := l.(type) {
	case layer.Dense:
		all = []activation.Activation{l.Activation}
	case layer.SimpleRNN:
		all = []activation.Activation{l.Activation}
	case layer.LSTM:
		all = []activation.Activation{l.Activation, l.RecurrentActivation}
	case layer.GRU:
		all = []activation.Activation{l.Activation, l.RecurrentActivation}
	}
	if slices.Contains(all, activation.Keras2HardSigmoid) {
		return errors.New("its activation is Keras 2's hard_sigmoid, clip(0.2x+0.5, 0, 1), and Keras 3, whose own is clip(x/6+0.5, 0, 1), has none such; " +
			"save the weights alone as " + WeightsExtension + ", or train the layer with another activation")
	}
	return nil
}

func newObject(module, class string, config any) (object, error) {
	raw, err := json.Marshal(config)
	return object{Module: module, ClassName: class, Config: raw}, err
}

// layerObject is a built layer in JSON.
func layerObject(op layer.Operator) (object, error) { return objectOf(op, op.Layer()) }

// objectOf is a built layer in JSON, described as l.
func objectOf(op layer.Operator, l layer.Layer) (object, error) {
	name := op.Name()
	if err := writableName(name); err != nil {
		return object{}, err
	}
	if err := writableActivation(op.Layer()); err != nil {
		return object{}, err
	}
	var config any
	var err error
	switch l := l.(type) {
	case layer.Embedding:
		c := embeddingConfig{Name: name, InputDim: l.InputDim, OutputDim: l.OutputDim, MaskZero: l.MaskZero}
		err = errors.Join(initializers(initialized{&c.EmbeddingsInitializer, l.EmbeddingsInitializer, initializer.RandomUniform{}}),
			setBounds([]regularized{{&c.EmbeddingsRegularizer, l.EmbeddingsRegularizer}}, []constrained{{&c.EmbeddingsConstraint, l.EmbeddingsConstraint}}))
		config = c
	case layer.Dense:
		c := denseConfig{Name: name, Units: l.Units, Activation: activationChoice(l.Activation, activation.Linear), UseBias: unless(l.NoBias)}
		err = errors.Join(initializers(
			initialized{&c.KernelInitializer, l.KernelInitializer, initializer.GlorotUniform{}},
			initialized{&c.BiasInitializer, l.BiasInitializer, initializer.Zeros{}}),
			setBounds([]regularized{{&c.KernelRegularizer, l.KernelRegularizer}, {&c.BiasRegularizer, l.BiasRegularizer},
				{&c.ActivityRegularizer, l.ActivityRegularizer}},
				[]constrained{{&c.KernelConstraint, l.KernelConstraint}, {&c.BiasConstraint, l.BiasConstraint}}))
		config = c
	case layer.Dropout:
		config = dropoutConfig{Name: name, Rate: float(l.Rate)}
	case layer.SimpleRNN:
		c := recurrentConfig{Name: name, ReturnSequences: l.ReturnSequences, GoBackwards: l.GoBackwards, ZeroOutputForMask: l.ZeroOutputForMask,
			Units: l.Units, Dropout: float(l.Dropout), RecurrentDropout: float(l.RecurrentDropout),
			Activation: activationChoice(l.Activation, activation.Tanh), UseBias: unless(l.NoBias)}
		err = errors.Join(c.initializers(l.KernelInitializer, l.RecurrentInitializer, l.BiasInitializer),
			c.setBounds([4]regularizer.Regularizer{l.KernelRegularizer, l.RecurrentRegularizer, l.BiasRegularizer, nil},
				[3]constraint.Constraint{l.KernelConstraint, l.RecurrentConstraint, l.BiasConstraint}))
		config = c
	case layer.LSTM:
		c := lstmConfig{recurrentConfig{Name: name, ReturnSequences: l.ReturnSequences, GoBackwards: l.GoBackwards, ZeroOutputForMask: l.ZeroOutputForMask,
			Units: l.Units, Dropout: float(l.Dropout), RecurrentDropout: float(l.RecurrentDropout),
			Activation: activationChoice(l.Activation, activation.Tanh), UseBias: unless(l.NoBias)},
			activationChoice(l.RecurrentActivation, activation.Sigmoid), unless(l.NoUnitForgetBias)}
		err = errors.Join(c.initializers(l.KernelInitializer, l.RecurrentInitializer, l.BiasInitializer),
			c.setBounds([4]regularizer.Regularizer{l.KernelRegularizer, l.RecurrentRegularizer, l.BiasRegularizer, l.ActivityRegularizer},
				[3]constraint.Constraint{l.KernelConstraint, l.RecurrentConstraint, l.BiasConstraint}))
		config = c
	case layer.GRU:
		c := gruConfig{recurrentConfig{Name: name, ReturnSequences: l.ReturnSequences, GoBackwards: l.GoBackwards, ZeroOutputForMask: l.ZeroOutputForMask,
			Units: l.Units, Dropout: float(l.Dropout), RecurrentDropout: float(l.RecurrentDropout),
			Activation: activationChoice(l.Activation, activation.Tanh), UseBias: unless(l.NoBias)},
			activationChoice(l.RecurrentActivation, activation.Sigmoid), unless(l.ResetBefore)}
		err = errors.Join(c.initializers(l.KernelInitializer, l.RecurrentInitializer, l.BiasInitializer),
			c.setBounds([4]regularizer.Regularizer{l.KernelRegularizer, l.RecurrentRegularizer, l.BiasRegularizer, l.ActivityRegularizer},
				[3]constraint.Constraint{l.KernelConstraint, l.RecurrentConstraint, l.BiasConstraint}))
		config = c
	case layer.Bidirectional:
		config, err = bidirectionalJSON(op, l)
	case layer.TimeDistributed:
		c := timeDistributedConfig{Name: name}
		c.Layer, err = objectOf(inner(op), l.Layer)
		config = c
	case layer.Activation:
		config = activationConfig{Name: name, Activation: choice{Name: l.Activation.Or(activation.Linear).String()}}
	case layer.Masking:
		config = maskingConfig{Name: name, MaskValue: float(l.MaskValue)}
	case layer.Flatten:
		config = flattenConfig{Name: name}
	default:
		err = errors.New("a .keras file has no form for it")
	}
	if err != nil {
		return object{}, err
	}
	return newObject("keras.layers", l.ClassName(), config)
}

func bidirectionalJSON(op layer.Operator, l layer.Bidirectional) (bidirectionalConfig, error) {
	c := bidirectionalConfig{Name: op.Name(), BackwardLayer: &object{}}
	if l.MergeMode != layer.NoMerge {
		mode := l.MergeMode.String()
		c.MergeMode = &mode
	}
	for i, to := range []*object{&c.Layer, c.BackwardLayer} {
		var err error
		if *to, err = objectOf(halves(op)[i], asDescribed(halves(op)[i].Layer(), l.Layer)); err != nil {
			return c, err
		}
	}
	return c, nil
}

// asDescribed is one half of a Bidirectional with what it returns for masked
// steps as the user described it; Keras sets that itself.
func asDescribed(half layer.Layer, described layer.Recurrent) layer.Layer {
	switch l := half.(type) {
	case layer.SimpleRNN:
		l.ZeroOutputForMask = described.(layer.SimpleRNN).ZeroOutputForMask
		return l
	case layer.LSTM:
		l.ZeroOutputForMask = described.(layer.LSTM).ZeroOutputForMask
		return l
	case layer.GRU:
		l.ZeroOutputForMask = described.(layer.GRU).ZeroOutputForMask
		return l
	}
	return half
}

// halves are the two operators of a Bidirectional, forward first.
func halves(op layer.Operator) [2]layer.Operator {
	return op.(interface{ Halves() [2]layer.Operator }).Halves()
}

// unless is nil, for Keras' true, or false where no is set.
func unless(no bool) *bool {
	if !no {
		return nil
	}
	yes := false
	return &yes
}

// activationChoice is nothing where the activation is the argument's default.
func activationChoice(a, def activation.Activation) choice {
	if a.Or(def) == def {
		return choice{}
	}
	return choice{Name: a.String()}
}

// initialized is an initializer on its way into a config.
type initialized struct {
	to        *choice
	from, def initializer.Initializer
}

func initializers(all ...initialized) error {
	for _, i := range all {
		var err error
		if *i.to, err = initializerChoice(i.from, i.def); err != nil {
			return err
		}
	}
	return nil
}

func (c *recurrentConfig) initializers(kernel, recurrent, bias initializer.Initializer) error {
	return initializers(
		initialized{&c.KernelInitializer, kernel, initializer.GlorotUniform{}},
		initialized{&c.RecurrentInitializer, recurrent, initializer.Orthogonal{}},
		initialized{&c.BiasInitializer, bias, initializer.Zeros{}})
}

// setBounds takes those of the kernel, the recurrent kernel and the bias, and a
// regularizer of the output.
func (c *recurrentConfig) setBounds(r [4]regularizer.Regularizer, b [3]constraint.Constraint) error {
	return setBounds(
		[]regularized{{&c.KernelRegularizer, r[0]}, {&c.RecurrentRegularizer, r[1]}, {&c.BiasRegularizer, r[2]}, {&c.ActivityRegularizer, r[3]}},
		[]constrained{{&c.KernelConstraint, b[0]}, {&c.RecurrentConstraint, b[1]}, {&c.BiasConstraint, b[2]}})
}

// initializerChoice is nothing where the initializer is the argument's default.
func initializerChoice(i, def initializer.Initializer) (choice, error) {
	if i == nil || i == def {
		return choice{}, nil
	}
	class := i.ClassName()
	var config any = struct{}{}
	switch i := i.(type) {
	case initializer.Constant:
		config = constantConfig{float(i.Value)}
	case initializer.RandomUniform:
		config = uniformConfig{float(i.MinVal), float(i.MaxVal)}
		if i == (initializer.RandomUniform{}) {
			config = defaultUniform()
		}
	case initializer.RandomNormal:
		config = normalConfig{float(i.Mean), float(or(i.StdDev, defaultStdDev))}
	case initializer.TruncatedNormal:
		config = normalConfig{float(i.Mean), float(or(i.StdDev, defaultStdDev))}
	case initializer.Orthogonal:
		config = orthogonalConfig{float(or(i.Gain, 1))}
		class = "OrthogonalInitializer" // the class's first name; every Keras 3 knows it
	case initializer.Zeros, initializer.Ones, initializer.GlorotUniform, initializer.GlorotNormal, initializer.HeUniform,
		initializer.HeNormal, initializer.LecunUniform, initializer.LecunNormal:
	default:
		return choice{}, fmt.Errorf("the initializer %s (%T) has no form in a .keras file", i.ClassName(), i)
	}
	raw, err := json.Marshal(config)
	if err != nil {
		err = fmt.Errorf("the initializer %s: %w", i.ClassName(), err)
	}
	return choice{Name: class, Module: "keras.initializers", Config: raw}, err
}

// defaultUniform and defaultStdDev are Keras' defaults.
func defaultUniform() uniformConfig { return uniformConfig{MinVal: -0.05, MaxVal: 0.05} }

const defaultStdDev = 0.05

// or is v, or def where v is zero.
func or(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return v
}
