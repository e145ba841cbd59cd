package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	s.note("In %s: predictions of shape %v from %s", c.Out, a.Shape, arrayFacts(d))
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

// print writes the predictions, a line a sample.
func (c *predictCmd) print(s *session, m *recurve.Model, p [][]float32) error {
	w := bufio.NewWriter(writerFunc(s.out.plain))
	out := m.Network().Output()
	separator, between := " ", " "
	if c.JSON {
		separator, between = ",", ","
	}
	for _, row := range p {
		steps := [][]float32{row}
		if out.Sequence {
			steps = nil
			for at := 0; at < len(row); at += out.Features {
				steps = append(steps, row[at:at+out.Features])
			}
		}
		line := ""
		for i, step := range steps {
			if i > 0 {
				line += between
			}
			values := joinValues(step, separator)
			if c.JSON || out.Sequence {
				values = "[" + values + "]"
			}
			line += values
		}
		if c.JSON && out.Sequence {
			line = "[" + line + "]"
		}
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return err
		}
	}
	return w.Flush()
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
