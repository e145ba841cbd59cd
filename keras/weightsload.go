package keras

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"recurve"
	"recurve/layer"
)

// readWeights fills a model that is there.
func readWeights(from io.ReaderAt, size int64, m *recurve.Model, o Options) error {
	r := &reader{opts: o}
	if err := r.open(from, size); err != nil {
		return err
	}
	w, err := r.openWeights()
	if err != nil {
		return err
	}
	if err := w.check(treeOf(m)); err != nil {
		return err
	}
	if err := w.load(m); err != nil {
		return err
	}
	if m.Optimizer() == nil || w.legacy {
		return nil // as in Keras
	}
	if problem := w.otherOptimizer(m); problem != "" {
		r.note("the optimizer %s stays as it is: %s", m.Optimizer().Optimizer.ClassName(), problem)
		return nil
	}
	if err := w.loadNumberedOptimizer(m.Optimizer()); err != nil {
		r.note("the optimizer %s stays as it is: %v", m.Optimizer().Optimizer.ClassName(), err)
	}
	return nil
}

// otherOptimizer says why the state in the file is none of the model's
// optimizer, as far as the file says whose it is.
func (w *weightsFile) otherOptimizer(m *recurve.Model) string {
	vars, err := w.vars(optimizerGroup)
	if err != nil || vars == nil {
		return "the file has no optimizer's state"
	}
	name, err := textAttr(vars, "name")
	// An optimizer may have a name of its own; what it is then tells the number of its variables.
	kerasOwn := []string{"sgd", "rm_sprop", "rmsprop", "adam", "adam_w", "adamw", "adadelta", "adagrad", "adamax", "adafactor", "nadam", "ftrl", "lion", "lamb", "muon"}
	want := layer.SnakeCase(m.Optimizer().Optimizer.ClassName())
	if err == nil && name != want && name != strings.ReplaceAll(want, "_", "") && slices.Contains(kerasOwn, name) {
		return fmt.Sprintf("the file has the state of %s", name)
	}
	return ""
}

// treeOf is the tree of a model that is there.
func treeOf(m *recurve.Model) *tree {
	t := newTree(m.Network().Input.Features)
	if t.steps = 1; m.Network().Input.Sequence {
		t.steps = m.Network().Input.Steps
	}
	for _, op := range m.Network().Operators {
		t.add(op.Name(), description(op))
	}
	return t
}
