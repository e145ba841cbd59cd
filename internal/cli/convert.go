package cli

import (
	"fmt"

	"recurve"
	"recurve/keras"
)

// convertCmd is the command convert.
type convertCmd struct {
	In        string `arg:"" help:"The file to read: .keras, .h5, or .weights.h5 with --like. Its content decides, not its name."`
	Out       string `arg:"" help:"The file to write; its ending is the form: .keras, .h5 or .weights.h5."`
	Like      string `placeholder:"MODEL" help:"The model that weights alone (.weights.h5) are of."`
	NoCompile bool   `name:"no-compile" help:"Read for prediction alone: leave out the optimizer, loss and metrics, and what matters in training only."`
}

// Run implements the command.
func (c *convertCmd) Run(s *session) error {
	form, err := keras.FormOf(c.Out)
	if err != nil {
		return usagef("%s: %w", c.Out, err)
	}
	m, err := c.read(s)
	if err != nil {
		return err
	}
	if err := keras.Save(c.Out, m); err != nil {
		return err
	}
	if form != keras.Archive && (m.Text() != nil || m.Origin() != nil) {
		s.note("%s: the vocabulary and where the model was trained stay behind: only a .keras file has a place for them", c.Out)
	}
	if form == keras.Legacy && m.Compiled() && m.Optimizer() == nil {
		s.note("%s: the loss and the metrics stay behind: a .h5 file has them beside an optimizer only", c.Out)
	}
	fmt.Fprintf(s.out, "%s: %s, %s\n", c.Out, plural(len(m.Network().Operators), "layer"), plural(m.CountParams(), "parameter"))
	return nil
}

// read reads the model, or the weights into the model that they are like.
func (c *convertCmd) read(s *session) (*recurve.Model, error) {
	o, err := keras.Inspect(c.In)
	if err != nil {
		return nil, err
	}
	options := s.kerasOptions(c.In)
	options.NoCompile = c.NoCompile
	alone := o.Form == keras.Weights
	switch {
	case !alone && c.Like != "":
		return nil, usagef("%s is a whole model: --like is for weights alone", c.In)
	case !alone:
		return keras.LoadWith(c.In, options)
	case c.Like == "":
		return nil, usagef("%s holds weights alone, and does not say of what model: name one with --like MODEL", c.In)
	}
	like := s.kerasOptions(c.Like)
	like.NoCompile = c.NoCompile
	m, err := keras.LoadWith(c.Like, like)
	if err != nil {
		return nil, err
	}
	return m, keras.LoadWeights(c.In, m, options)
}

// kerasOptions are those of a file whose reader's notes become remarks.
func (s *session) kerasOptions(path string) keras.Options {
	return keras.Options{Note: func(note string) { s.note("%s: %s", path, note) }}
}
