package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"recurve"
	"recurve/dataset"
	"recurve/keras"
)

// evaluateCmd is the command evaluate.
type evaluateCmd struct {
	Model   string   `arg:"" help:"The .keras file."`
	Data    string   `arg:"" optional:"" help:"imdb or mini, or the path of an imdb.npz (what the model was trained on, or imdb)."`
	X       string   `placeholder:"X.npy" help:"Measure on arrays. ${x_help}"`
	Y       string   `placeholder:"Y.npy" help:"${y_help}"`
	Part    string   `enum:"train,val,test," default:"" help:"train, val or test (test). The first two are split as they were for the training."`
	Split   *float64 `placeholder:"SHARE" help:"Share held out for validation (the model's, or 0.2)."`
	Seed    *uint32  `placeholder:"N" help:"Seed of the split (the model's, or 42)."`
	MaxLen  *int     `name:"maxlen" placeholder:"N" help:"Words of a text that are read, where the model doesn't say."`
	Threads int      `placeholder:"N" help:"Threads to work with (all processors)."`
	JSON    bool     `name:"json" help:"Print as JSON."`
}

// evaluateJSON is the result for programs. Other metrics of the model stand
// beside the loss under their own names.
type evaluateJSON struct {
	Model   string            `json:"model"`
	Data    string            `json:"data"`
	Part    string            `json:"part,omitempty"` // of a data set
	Samples int               `json:"samples"`
	Values  map[string]number `json:"values"` // loss, accuracy
	Labels  []judgedJSON      `json:"labels,omitempty"`

	logs recurve.Logs
}

// judgedJSON counts the samples of one label and those judged right.
type judgedJSON struct {
	Label string `json:"label"`
	Count int    `json:"count"`
	Right int    `json:"right"`
}

// Run implements the command.
func (c *evaluateCmd) Run(s *session) error {
	if err := (&runFlags{Threads: c.Threads}).check(); err != nil {
		return err
	}
	if err := c.checkArrays(); err != nil {
		return err
	}
	m, err := s.loadToEvaluate(c.Model)
	if err != nil {
		return err
	}
	m.SetThreads(c.Threads)
	if c.X != "" {
		return c.arrays(s, m)
	}
	c.Part = cmp.Or(c.Part, "test")
	o := m.Origin()
	if c.Data == "" && o != nil && slices.Contains(dataNames(), o.Data) {
		c.Data = o.Data
	}
	return s.withData(c.Data, func(name, path string) error {
		st := defaults(name)
		if o != nil && o.Validation > 0 {
			// Half a sample less, as the share is rounded up to whole ones.
			st.Split, st.Seed = (float64(o.Validation)-0.5)/float64(o.Samples+o.Validation), uint32(o.Seed)
		}
		f := flags{Split: c.Split, Seed: c.Seed, MaxLen: c.MaxLen}
		f.apply(&st)
		if err := st.check(); err != nil {
			return err
		}
		r, err := readingOf(m)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Model, err)
		}
		if r.maxLen == 0 && c.MaxLen == nil {
			return usagef("%s reads texts of any length: say with --maxlen how many of a review's words it shall read", c.Model)
		}
		if r.maxLen == 0 {
			r.maxLen = st.MaxLen
		}
		data, err := s.openFor(name, path, r, m.Text(), c.Part == "test")
		if err != nil {
			return err
		}
		part, err := data.part(c.Part, st.Split, st.Seed)
		if err != nil {
			return err
		}
		return c.measure(s, m, data, r.samples(part, m.Text()))
	})
}

// loadToEvaluate reads a model with its loss and metrics. One that has none, or
// some that Recurve does not have, gets those that are right for two classes.
func (s *session) loadToEvaluate(path string) (*recurve.Model, error) {
	m, err := keras.Load(path)
	var unsupported *keras.UnsupportedError
	if err != nil && !errors.As(err, &unsupported) {
		return nil, err
	}
	if err == nil && m.Compiled() {
		return m, nil
	}
	if m, err = keras.LoadWith(path, keras.Options{NoCompile: true}); err != nil {
		return nil, err
	}
	if err := binary(m); err != nil {
		return nil, fmt.Errorf("%s has no loss to measure: %w", path, err)
	}
	why := "it is not compiled"
	if unsupported != nil {
		why = "it was compiled with what Recurve does not have: " + unsupportedPart(unsupported)
	}
	s.note("%s: measuring binary cross-entropy and accuracy, as %s", path, why)
	return m, compile(m, nil)
}

func (c *evaluateCmd) measure(s *session, m *recurve.Model, data *corpus, d *dataset.Dataset) error {
	j, err := c.values(s, m, d)
	if err != nil {
		return err
	}
	j.Data, j.Part = data.name, c.Part
	if binary(m) == nil {
		if j.Labels, err = judged(s, m, data, d); err != nil {
			return err
		}
	}
	if c.JSON {
		return s.json(j)
	}
	j.print(s.out, m, words("data", "part"), []string{j.Data, j.Part}, "reviews")
	if len(j.Labels) == 0 {
		return nil
	}
	fmt.Fprintln(s.out)
	var rows [][]string
	for _, l := range j.Labels {
		rows = append(rows, []string{l.Label, thousands(l.Count), thousands(l.Right), decimals(number(l.Right) / number(max(l.Count, 1)))})
	}
	s.out.table(append(words("label"), numbers("reviews", "judged right", "share")...), rows)
	return nil
}

// print writes the values as a table's only row, behind what they belong to.
func (j *evaluateJSON) print(o *output, m *recurve.Model, columns []column, row []string, samples string) {
	columns, row = append(columns, numbers(samples)...), append(row, thousands(j.Samples))
	for _, name := range valueNames(m, j.logs) {
		columns, row = append(columns, numbers(name)...), append(row, decimals(j.Values[name]))
	}
	o.table(columns, [][]string{row})
}

// checkArrays finds flags that do not go together.
func (c *evaluateCmd) checkArrays() error {
	switch {
	case c.X == "" && c.Y == "":
		return nil
	case c.X == "":
		return usagef("--y %s: the samples are missing; name them with --x", c.Y)
	case c.Y == "":
		return usagef("--x %s: the targets are missing; name them with --y", c.X)
	}
	return notBesideX(c.Data, when(c.Part != "", "--part"), when(c.Split != nil, "--split"), when(c.Seed != nil, "--seed"),
		when(c.MaxLen != nil, "--maxlen"))
}

// arrays measures the model on arrays.
func (c *evaluateCmd) arrays(s *session, m *recurve.Model) error {
	d, err := dataset.FromNPY(c.X, c.Y, formOf(m))
	if err != nil {
		return err
	}
	j, err := c.values(s, m, d)
	if err != nil {
		return fmt.Errorf("%s with %s and %s: %w", c.Model, c.X, c.Y, err)
	}
	j.Data = c.X
	if c.JSON {
		return s.json(j)
	}
	j.print(s.out, m, words("data"), []string{c.X}, "samples")
	return nil
}

// values measures the loss and the metrics.
func (c *evaluateCmd) values(s *session, m *recurve.Model, d *dataset.Dataset) (*evaluateJSON, error) {
	logs, err := m.Evaluate(s.ctx, d, evaluateBatch)
	if err != nil {
		return nil, err
	}
	j := &evaluateJSON{Model: c.Model, Samples: d.N, Values: map[string]number{}, logs: logs}
	for k, v := range logs {
		j.Values[k] = number(v)
	}
	return j, nil
}

// evaluateBatch keeps all processors busy.
const evaluateBatch = 256

// judged counts for each of two labels how many samples are judged right.
func judged(s *session, m *recurve.Model, data *corpus, d *dataset.Dataset) ([]judgedJSON, error) {
	p, err := m.Predict(s.ctx, d)
	if err != nil {
		return nil, err
	}
	out := []judgedJSON{{Label: data.text.Label(0)}, {Label: data.text.Label(1)}}
	for i, y := range d.Y {
		class := int(y)
		out[class].Count++
		if (p[i][0] > 0.5) == (class == 1) {
			out[class].Right++
		}
	}
	return out, nil
}
