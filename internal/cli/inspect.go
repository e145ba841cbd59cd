package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"recurve"
	"recurve/keras"
)

// inspectCmd is the command inspect.
type inspectCmd struct {
	Model string `arg:"" help:"The .keras, .h5 or .weights.h5 file."`
	JSON  bool   `name:"json" help:"Print as JSON."`
}

// inspectJSON is what is in a model file, for programs.
type inspectJSON struct {
	File    string          `json:"file"`
	Name    string          `json:"name"`
	Params  int             `json:"params"`
	Input   string          `json:"input_shape"`
	Layers  []layerJSON     `json:"layers"`
	Compile *compileJSON    `json:"compile"` // null: not compiled
	Text    *textJSON       `json:"text"`    // null: no vocabulary
	Origin  *recurve.Origin `json:"origin"`  // null: not known

	unsupported string // why the compile settings could not be read
}

type layerJSON struct {
	Name      string         `json:"name"`
	Class     string         `json:"class"`
	Arguments map[string]any `json:"arguments"` // those that are not Keras' defaults
	Output    string         `json:"output_shape"`
	Params    int            `json:"params"`

	arguments []argument
}

type compileJSON struct {
	Optimizer    string         `json:"optimizer,omitempty"`
	Arguments    map[string]any `json:"optimizer_arguments,omitempty"`
	LearningRate number         `json:"learning_rate"`
	Steps        int64          `json:"steps"` // that the optimizer has done
	Loss         string         `json:"loss"`
	Metrics      []string       `json:"metrics"`

	arguments []argument
}

type textJSON struct {
	Words      int      `json:"words"`
	NumWords   int      `json:"num_words"`
	SkipTop    int      `json:"skip_top"`
	StartID    int32    `json:"start_id"`
	OOVID      int32    `json:"oov_id"`
	PadID      int32    `json:"pad_id"`
	MaxLen     int      `json:"maxlen"`
	Padding    string   `json:"padding"`
	Truncating string   `json:"truncating"`
	Labels     []string `json:"labels"`
	Commonest  []string `json:"commonest_words"`
}

// Run implements the command.
func (c *inspectCmd) Run(s *session) error {
	m, err := keras.LoadWith(c.Model, s.kerasOptions(c.Model))
	unsupported := ""
	var problem *keras.UnsupportedError
	if errors.As(err, &problem) {
		unsupported = unsupportedPart(problem)
		m, err = keras.LoadWith(c.Model, keras.Options{NoCompile: true})
	}
	if err != nil {
		return c.outline(s, err)
	}
	j := describe(c.Model, m)
	j.unsupported = unsupported
	if c.JSON {
		return s.json(j)
	}
	fmt.Fprint(s.out, m.Summary(s.out.width()))
	j.print(s.out)
	return nil
}

// unsupportedPart names what in a file Recurve does not have.
func unsupportedPart(e *keras.UnsupportedError) string {
	if e.Argument == "" {
		return e.Where
	}
	return fmt.Sprintf("%s: %s=%s", e.Where, e.Argument, e.Value)
}

// describe collects what there is to say about a model.
func describe(file string, m *recurve.Model) *inspectJSON {
	j := &inspectJSON{File: file, Name: m.Name(), Params: m.CountParams(), Input: m.Network().Input.String(), Origin: m.Origin()}
	for _, op := range m.Network().Operators {
		n := 0
		for _, p := range op.Params() {
			n += p.Size()
		}
		args := arguments(op.Layer())
		j.Layers = append(j.Layers, layerJSON{Name: op.Name(), Class: op.Layer().ClassName(), Arguments: asMap(args),
			Output: op.Output().String(), Params: n, arguments: args})
	}
	if m.Compiled() {
		c := &compileJSON{Loss: m.Loss().ClassName(), Metrics: []string{}}
		for _, mt := range m.Metrics() {
			c.Metrics = append(c.Metrics, mt.Label())
		}
		if o := m.Optimizer(); o != nil {
			c.Optimizer, c.LearningRate, c.Steps = o.Optimizer.ClassName(), number(shortest(o.Rate())), o.Iterations
			c.arguments = arguments(o.Optimizer)
			c.Arguments = asMap(c.arguments)
		}
		j.Compile = c
	}
	if p := m.Text(); p != nil {
		w := p.Vocabulary.Words()
		j.Text = &textJSON{Words: len(w), NumWords: p.NumWords, SkipTop: p.SkipTop, StartID: p.StartID, OOVID: p.OOVID, PadID: p.Pad.Value,
			MaxLen: p.Pad.MaxLen, Padding: p.Pad.Padding.String(), Truncating: p.Pad.Truncating.String(),
			Labels: append([]string{}, p.Labels...), Commonest: w[:min(12, len(w))]}
	}
	return j
}

func (j *inspectJSON) print(o *output) {
	o.heading("Layers")
	columns := append(words("name", "class", "arguments", "output"), numbers("params")...)
	rows := [][]string{{"input", "InputLayer", "", j.Input, "0"}}
	for _, l := range j.Layers {
		rows = append(rows, []string{l.Name, l.Class, joinArguments(l.arguments), l.Output, thousands(l.Params)})
	}
	if o.width() < plainWidth-4 { // the summary has the last two
		columns = columns[:3]
		for i := range rows {
			rows[i] = rows[i][:3]
		}
	}
	o.table(columns, rows)

	o.heading("Compiled with")
	switch c := j.Compile; {
	case c != nil:
		c.print(o)
	case j.unsupported != "":
		fmt.Fprintf(o, "what Recurve does not have: %s; it can predict with the model all the same\n", j.unsupported)
	default:
		fmt.Fprintln(o, "nothing: the model can predict, but not be trained on")
	}
	o.heading("Text")
	if t := j.Text; t != nil {
		t.print(o)
	} else {
		fmt.Fprintln(o, "no vocabulary: the model takes numbers, and can't judge texts")
	}
	o.heading("Trained")
	if j.Origin != nil {
		printOrigin(o, j.Origin)
	} else {
		fmt.Fprintln(o, "the file does not say where")
	}
}

func (c *compileJSON) print(o *output) {
	rows := [][2]string{{"loss", c.Loss}, {"metrics", strings.Join(c.Metrics, ", ")}}
	if c.Optimizer != "" {
		name := c.Optimizer
		rest := slices.DeleteFunc(slices.Clone(c.arguments), func(a argument) bool { return a.name == "learning_rate" })
		if a := joinArguments(rest); a != "" {
			name += " (" + a + ")"
		}
		rows = append([][2]string{{"optimizer", name}, {"learning rate", fmt.Sprint(float64(c.LearningRate))},
			{"steps done", thousands(int(c.Steps))}}, rows...)
	}
	o.facts(rows)
}

func (t *textJSON) print(o *output) {
	special := fmt.Sprintf("%d padding", t.PadID)
	if t.StartID >= 0 {
		special += fmt.Sprintf(", %d start", t.StartID)
	}
	if t.OOVID >= 0 {
		special += fmt.Sprintf(", %d unknown word", t.OOVID)
	}
	o.facts([][2]string{
		{"vocabulary", plural(t.Words, "word") + ": " + strings.Join(t.Commonest, " ") + " …"},
		{"other ids", special},
		{"reads", fmt.Sprintf("%s words; padded %s, cut %s", thousands(t.MaxLen), end(t.Padding), end(t.Truncating))},
		{"labels", strings.Join(t.Labels, ", ")},
	})
}

// end says where a side of a sequence is.
func end(side string) string {
	if side == "pre" {
		return "in front"
	}
	return "at the end"
}

func printOrigin(o *output, from *recurve.Origin) {
	samples := plural(from.Samples, "sample")
	if from.Validation > 0 {
		samples += ", " + thousands(from.Validation) + " held out"
	}
	rows := [][2]string{{"on", fmt.Sprintf("%s (%s)", from.Data, samples)}, {"epochs", fmt.Sprint(from.Epoch)}}
	var values []string
	for _, k := range slices.Sorted(maps.Keys(from.Logs)) {
		values = append(values, fmt.Sprintf("%s %.4f", k, from.Logs[k]))
	}
	if len(values) > 0 {
		rows = append(rows, [2]string{"reached", strings.Join(values, ", ")})
	}
	o.facts(append(rows, [][2]string{
		{"seed", fmt.Sprint(from.Seed)},
		{"begun", from.Date.Local().Format(time.DateTime)},
		{"by", fmt.Sprintf("%s, %s kernels, %s", from.Software, from.Kernel, plural(from.Threads, "thread"))},
	}...))
}
