package keras

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"recurve/activation"
	"recurve/initializer"
)

// arguments reads the arguments of one object in config.json. The first problem
// is kept in err, and what is read after it means nothing: a reader looks at
// err once, at the end.
type arguments struct {
	where string // the object, for errors
	*reader
	all map[string]json.RawMessage
	err error
}

// newArguments decodes config into the struct that to points at. Arguments
// that it does not have are let be.
func (r *reader) newArguments(where string, config json.RawMessage, to any) *arguments {
	a := &arguments{where: where, reader: r}
	if len(config) == 0 {
		config = json.RawMessage("{}")
	}
	err := json.Unmarshal(config, to)
	if err == nil {
		err = json.Unmarshal(config, &a.all)
	}
	if err != nil {
		a.damaged("%s", jsonProblem(err))
	}
	return a
}

// maxDepth is how deep the JSON of a configuration may be nested: each level is
// read once more for each that it stands in. Keras' own stay below 20.
const maxDepth = 64

// checkDepth holds the nesting of JSON, sound or not, against maxDepth.
func checkDepth(member string, b []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return &FormatError{Member: member, Problem: fmt.Sprintf("it is nested more than %d deep at byte %d", maxDepth, i)}
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// jsonProblem is an error of package json in the words of the file.
func jsonProblem(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		at := ""
		for part := range strings.SplitSeq(kind.Field, ".") {
			// An embedded struct of ours is no part of the file; Keras' names are small letters.
			if part != "" && part == strings.ToLower(part) {
				at += part + ": "
			}
		}
		return fmt.Sprintf("%sexpected %s, got %s", at, jsonKind(kind), kind.Value)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("no JSON from byte %d on: %v", syntax.Offset, err)
	}
	return err.Error()
}

// jsonKind is the kind of value that was wanted.
func jsonKind(e *json.UnmarshalTypeError) string {
	switch e.Type.Kind().String() {
	case "int", "int64", "uint64":
		return "a whole number"
	case "float32", "float64":
		return "a number"
	case "bool":
		return "true or false"
	case "string":
		return "a string"
	case "slice":
		return "a list"
	}
	return "an object"
}

func (a *arguments) fail(err error) {
	if a.err == nil {
		a.err = err
	}
}

// damaged says that the file makes no sense.
func (a *arguments) damaged(format string, args ...any) {
	a.fail(&FormatError{Member: a.member, Problem: a.where + ": " + fmt.Sprintf(format, args...)})
}

// unsupported says that Recurve does not have what an argument asks for.
func (a *arguments) unsupported(argument, value, reason string) {
	a.fail(&UnsupportedError{Where: a.where, Argument: argument, Value: value, Reason: reason})
}

// refuse says that Recurve does not have arguments, where they would do
// anything.
func (a *arguments) refuse(names ...string) {
	for _, name := range names {
		if raw := a.all[name]; !idle(raw) {
			a.unsupported(name, shown(raw), "")
		}
	}
}

// refuseTraining is refuse for arguments that matter in training only.
func (a *arguments) refuseTraining(names ...string) {
	for _, name := range names {
		if raw := a.all[name]; !idle(raw) {
			a.unsupportedTraining(name, shown(raw), "")
		}
	}
}

func (a *arguments) unsupportedTraining(argument, value, reason string) {
	if a.opts.NoCompile {
		return
	}
	if reason != "" {
		reason += "; "
	}
	a.unsupported(argument, value, reason+predictionHint)
}

// predictionHint is the way round what Recurve cannot train.
const predictionHint = "to predict with the model all the same, read it with keras.Options{NoCompile: true}"

// idle reports whether an argument's value is one that does nothing: null,
// false, 0.
func idle(raw json.RawMessage) bool {
	if len(raw) == 0 {
		return true
	}
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return false
	}
	return v == nil || v == false || v == 0.0
}

// base checks the arguments that every layer has.
func (a *arguments) base() {
	if raw, ok := a.all["trainable"]; ok && string(raw) == "false" {
		a.unsupportedTraining("trainable", "false", "")
	}
	var policy choice
	if raw, ok := a.all["dtype"]; ok {
		if err := json.Unmarshal(raw, &policy); err != nil {
			a.damaged("dtype: %s", jsonProblem(err))
			return
		}
	}
	name := policy.Name
	switch name {
	case "DTypePolicy", "FloatDTypePolicy", "Policy":
		var c struct{ Name string }
		if json.Unmarshal(policy.Config, &c) == nil {
			name = c.Name
		}
	}
	switch name {
	case "", "float32":
	case "float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16":
		a.narrowed = true
	default:
		a.unsupported("dtype", shown(policy.raw), "Recurve computes in float32")
	}
}

// atLeastOne checks a size.
func (a *arguments) atLeastOne(name string, v int) {
	if v < 1 {
		a.damaged("%s: expected 1 or more, got %d", name, v)
	}
}

// activation reads an activation. The argument's own default becomes
// activation.Default.
func (a *arguments) activation(name string, c choice, def activation.Activation) activation.Activation {
	if c.Name == "" {
		return activation.Default
	}
	v, err := activation.Parse(c.Name)
	switch {
	case c.Config != nil || err != nil:
		reason := "Recurve has activations without arguments"
		if c.Config == nil {
			reason = err.Error()
		}
		a.unsupported(name, shown(c.raw), reason)
	case v == activation.HardSigmoid && a.keras2():
		v = activation.Keras2HardSigmoid // which had the name
	}
	if v == def {
		return activation.Default
	}
	return v
}

// gate is activation for a recurrent layer, which knows only some.
func (a *arguments) gate(name string, c choice, def activation.Activation) activation.Activation {
	v := a.activation(name, c, def)
	if a.err == nil && !v.InCells() {
		a.unsupported(name, shown(c.raw), "a recurrent layer has no such activation in Recurve")
	}
	return v
}

// initializer reads an initializer. The argument's own default becomes nil.
func (a *arguments) initializer(name string, c choice, def initializer.Initializer) initializer.Initializer {
	if c.Name == "" {
		return nil
	}
	i, err := parseInitializer(c)
	if err != nil {
		a.damaged("%s: %s", name, jsonProblem(err))
	} else if i == nil {
		a.unsupportedTraining(name, shown(c.raw), "")
	}
	if i == def {
		return nil
	}
	return i
}

// parseInitializer is nil for one that Recurve does not have.
func parseInitializer(c choice) (initializer.Initializer, error) {
	for _, i := range []initializer.Initializer{
		initializer.Zeros{}, initializer.Ones{}, initializer.GlorotUniform{}, initializer.GlorotNormal{}, initializer.HeUniform{},
		initializer.HeNormal{}, initializer.LecunUniform{}, initializer.LecunNormal{},
	} {
		if c.same(i.ClassName()) {
			return i, nil
		}
	}
	config := c.Config
	if config == nil {
		config = json.RawMessage("{}")
	}
	switch squeeze(c.Name) {
	case "variancescaling":
		return parseVarianceScaling(config)
	case "zero":
		return initializer.Zeros{}, nil
	case "one":
		return initializer.Ones{}, nil
	case "constant":
		return parseConstant(config)
	case "uniform", "randomuniform":
		u := defaultUniform()
		err := json.Unmarshal(config, &u)
		return randomUniform(u), err
	case "normal", "randomnormal", "truncatednormal":
		n := normalConfig{StdDev: defaultStdDev}
		err := json.Unmarshal(config, &n)
		mean, std := float64(n.Mean), unless0(n.StdDev, defaultStdDev)
		switch {
		case n.StdDev == 0:
			return initializer.Constant{Value: mean}, err
		case c.same("TruncatedNormal"):
			return initializer.TruncatedNormal{Mean: mean, StdDev: std}, err
		}
		return initializer.RandomNormal{Mean: mean, StdDev: std}, err
	case "orthogonal", "orthogonalinitializer":
		o := orthogonalConfig{Gain: 1}
		err := json.Unmarshal(config, &o)
		if o.Gain == 0 {
			return initializer.Zeros{}, err
		}
		return initializer.Orthogonal{Gain: unless0(o.Gain, 1)}, err
	}
	return nil, nil
}

// parseVarianceScaling is nil for one that has no name of its own. Early Keras 2
// wrote all of them so.
func parseVarianceScaling(config json.RawMessage) (initializer.Initializer, error) {
	c := struct {
		Scale        float  `json:"scale"`
		Mode         string `json:"mode"`
		Distribution string `json:"distribution"`
	}{1, "fan_in", "truncated_normal"}
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, err
	}
	uniform := c.Distribution == "uniform"
	if !uniform && c.Distribution != "truncated_normal" && c.Distribution != "normal" {
		return nil, nil
	}
	pick := func(u, n initializer.Initializer) initializer.Initializer {
		if uniform {
			return u
		}
		return n
	}
	switch {
	case c.Mode == "fan_avg" && c.Scale == 1:
		return pick(initializer.GlorotUniform{}, initializer.GlorotNormal{}), nil
	case c.Mode == "fan_in" && c.Scale == 1:
		return pick(initializer.LecunUniform{}, initializer.LecunNormal{}), nil
	case c.Mode == "fan_in" && c.Scale == 2:
		return pick(initializer.HeUniform{}, initializer.HeNormal{}), nil
	}
	return nil, nil
}

// parseConstant is nil for a constant that is not one number.
func parseConstant(config json.RawMessage) (initializer.Initializer, error) {
	var c struct {
		Value json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, err
	}
	var v any = 0.0
	if len(c.Value) > 0 {
		if err := json.Unmarshal(c.Value, &v); err != nil {
			return nil, err
		}
	}
	if number, ok := v.(float64); ok {
		return initializer.Constant{Value: number}, nil
	}
	return nil, nil
}

// randomUniform is Recurve's form, in which Keras' default is the zero value.
func randomUniform(u uniformConfig) initializer.Initializer {
	switch {
	case u == defaultUniform():
		return initializer.RandomUniform{}
	case u == uniformConfig{}:
		return initializer.Zeros{}
	}
	return initializer.RandomUniform{MinVal: float64(u.MinVal), MaxVal: float64(u.MaxVal)}
}

// unless0 is v, or 0, which stands for it, where it is the default.
func unless0(v float, def float64) float64 {
	if float64(v) == def {
		return 0
	}
	return float64(v)
}
