package cli

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"recurve"
	"recurve/dataset"
	"recurve/internal/numpy"
	"recurve/keras"
)

// arrays predicts from an array.
func (c *predictCmd) arrays(s *session) error {
	if err := c.checkArrays(); err != nil {
		return err
	}
	m, err := keras.LoadWith(c.Model, keras.Options{NoCompile: true})
	if err != nil {
		return err
	}
	m.SetThreads(c.Threads)
	d, err := dataset.FromNPY(c.X, "", formOf(m))
	if err != nil {
		return err
	}
	p, err := m.Predict(s.ctx, d)
	if err != nil {
		return fmt.Errorf("%s with %s: %w", c.Model, c.X, err)
	}
	if c.Out == "" {
		return c.print(s, m, p)
	}
	a, err := predictionArray(m, p)
	if err != nil {
		return err
	}
	if err := numpy.WriteNPYFile(c.Out, a); err != nil {
		return fmt.Errorf("write %s: %w", c.Out, err)
	}
	s.note("In %s: predictions of shape %s from %s", c.Out, pythonShape(a.Shape), arrayFacts(d))
	return nil
}

func (c *predictCmd) checkArrays() error {
	switch {
	case c.X == "":
		return usagef("predict: --out is for the predictions from an array; name it with --x")
	case c.Out != "" && c.JSON:
		return usagef("predict: --out writes a .npy file and --json prints; take one of them")
	case strings.EqualFold(filepath.Ext(c.Out), ".npz"):
		return usagef("predict: --out %s: a .npy file is written; name one", c.Out)
	}
	texts := ""
	if len(c.Texts) > 0 {
		texts = "a text"
	}
	if err := notBesideX(texts, when(c.File != "", "--file")); err != nil || c.Out == "" {
		return err
	}
	if info, err := os.Stat(c.Out); err == nil && info.IsDir() {
		return usagef("--out %s is a folder: name a file", c.Out)
	}
	return writable(filepath.Dir(c.Out))
}

// print writes the predictions, a line a sample; with --json, an array a line.
func (c *predictCmd) print(s *session, m *recurve.Model, p [][]float32) error {
	w := bufio.NewWriter(writerFunc(s.out.plain))
	out := m.Network().Output()
	separator := " "
	if c.JSON {
		separator = ","
	}
	for _, row := range p {
		line := joinValues(row, separator)
		if out.Sequence {
			var steps []string
			for step := range slices.Chunk(row, out.Features) {
				steps = append(steps, "["+joinValues(step, separator)+"]")
			}
			line = strings.Join(steps, separator)
		}
		if c.JSON {
			line = "[" + line + "]"
		}
		if _, err := w.WriteString(line + "\n"); err != nil {
			return err
		}
	}
	return w.Flush()
}

// pythonShape is a shape of two axes or more as Python writes it.
func pythonShape(shape []int) string {
	var axes []string
	for _, n := range shape {
		axes = append(axes, strconv.Itoa(n))
	}
	return "(" + strings.Join(axes, ", ") + ")"
}

// joinValues writes values with as few digits as give the same float32, and
// what is no number as null.
func joinValues(values []float32, separator string) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteString(separator)
		}
		if !finite(float64(v)) {
			b.WriteString("null")
			continue
		}
		b.WriteString(strconv.FormatFloat(float64(v), 'g', -1, 32))
	}
	return b.String()
}
