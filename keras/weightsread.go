package keras

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"recurve/internal/hdf5"
	"recurve/optimizer"
	"recurve/tensor"
)

// weightsFile is model.weights.h5 while it is being read.
type weightsFile struct {
	root  *hdf5.Group
	size  int64
	keras string // the version that wrote it
}

func (r *reader) openWeights() (*weightsFile, error) {
	at, size, err := r.open(weightsMember)
	if err != nil {
		return nil, err
	}
	f, err := hdf5.Open(at, size)
	if err != nil {
		return nil, inWeights(err)
	}
	return &weightsFile{root: f.Root(), size: size, keras: r.version}, nil
}

// damaged is an error about the variables of at.
func (w *weightsFile) damaged(at, format string, args ...any) error {
	return &FormatError{Member: weightsMember, Problem: at + ": " + fmt.Sprintf(format, args...)}
}

// vars opens the variables of a group; nil where there are none.
func (w *weightsFile) vars(path string) (*hdf5.Group, error) {
	g, err := w.root.Group(path + "/" + varsGroup)
	if errors.Is(err, hdf5.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, inWeights(err)
	}
	return g, nil
}

// check compares the file's variables with those that the layers take.
func (w *weightsFile) check(t *tree) error {
	if _, err := w.root.Group(layersGroup); err != nil {
		if errors.Is(err, hdf5.ErrNotFound) && t.variables() > 0 {
			return &FormatError{Member: weightsMember, Problem: "it has no group " + layersGroup + w.writer(), Err: err}
		}
	}
	bytes := w.size
	for _, n := range t.nodes {
		vars, err := w.vars(n.path)
		if err != nil {
			return err
		}
		if err := w.count(vars, n); err != nil {
			return err
		}
		for i, v := range n.vars {
			d, err := vars.Dataset(strconv.Itoa(i))
			if err != nil {
				return inWeights(err)
			}
			if !slices.Equal(d.Shape(), v.shape) {
				return w.damaged(n.at, "expected %s of shape %s, file has %s", v.name, dims(v.shape), dims(d.Shape()))
			}
			size, err := w.room(n, v, bytes)
			if err != nil {
				return err
			}
			bytes -= size
		}
	}
	return nil
}

// room is the number of a variable's values, which take up a byte each at the
// least: many variables that share their place would fill the memory.
func (w *weightsFile) room(n node, v variable, left int64) (int64, error) {
	size := int64(1)
	for _, d := range v.shape {
		if d == 0 {
			return 0, nil
		}
		if int64(d) > left/size {
			return 0, w.damaged(n.at, "%s of shape %s does not fit into the file beside the others", v.name, dims(v.shape))
		}
		size *= int64(d)
	}
	return size, nil
}

// count compares the number of a layer's variables.
func (w *weightsFile) count(vars *hdf5.Group, n node) error {
	got := 0
	if vars != nil {
		got = len(vars.Names())
	}
	if got == len(n.vars) {
		return nil
	}
	var names []string
	for _, v := range n.vars {
		names = append(names, v.name)
	}
	list, hint := "", ""
	if len(names) > 0 {
		list = " (" + strings.Join(names, ", ") + ")"
	}
	plural := "s"
	if len(names) == 1 {
		plural = ""
	}
	if got == 0 {
		hint = "; was the model saved before it was built? Call it on some data first"
	}
	return w.damaged(n.at, "expected %d variable%s%s, file has %d in %s/%s%s", len(n.vars), plural, list, got, n.path, varsGroup, hint)
}

// writer says who wrote the file, for errors about its whole structure.
func (w *weightsFile) writer() string {
	if w.keras == "" || strings.HasPrefix(w.keras, "3.") {
		return ""
	}
	return "; it was written by Keras " + w.keras + ": load and save it in Keras 3"
}

// load fills the model's parameters, once check has found nothing.
func (w *weightsFile) load(t *tree, params []*tensor.Param) error {
	if t.variables() != len(params) {
		return w.damaged("the model", "expected %d variables, file has %d", len(params), t.variables())
	}
	for _, n := range t.nodes {
		vars, err := w.vars(n.path)
		if err != nil {
			return err
		}
		for i := range n.vars {
			if err := w.fill(n.at, vars, i, params[i]); err != nil {
				return err
			}
		}
		params = params[len(n.vars):]
	}
	return nil
}

// fill reads variable number i of the group into p.
func (w *weightsFile) fill(at string, vars *hdf5.Group, i int, p *tensor.Param) error {
	d, err := vars.Dataset(strconv.Itoa(i))
	if err != nil {
		return inWeights(err)
	}
	if !slices.Equal(d.Shape(), p.Shape) {
		return w.damaged(at, "expected %s of shape %s, file has %s", p.Name, dims(p.Shape), dims(d.Shape()))
	}
	values, err := d.Float32s()
	if err != nil {
		return inWeights(err)
	}
	copy(p.Data, values)
	return nil
}

// loadOptimizer takes up the optimizer's state. A file that has none, as Keras
// writes it before the first step, leaves it fresh.
func (w *weightsFile) loadOptimizer(s *optimizer.State) error {
	if s == nil {
		return nil
	}
	at := "the optimizer " + s.Optimizer.ClassName()
	vars, err := w.vars(optimizerGroup)
	if err != nil || vars == nil || len(vars.Names()) == 0 {
		return err
	}
	slots := s.Variables()
	// Keras makes the slots at the first step, the other two at once.
	if n := len(vars.Names()); n != 2+len(slots) && n != 2 {
		return w.damaged(at, "expected %d variables, file has %d; %s", 2+len(slots), n, predictionHint)
	}
	if s.Iterations, err = w.iteration(at, vars); err != nil {
		return err
	}
	rate := &tensor.Param{Name: "learning_rate", Shape: []int{}, Data: []float32{0}}
	if err := w.fill(at, vars, 1, rate); err != nil {
		return err
	}
	s.LearningRate = rate.Data[0]
	if len(vars.Names()) == 2 {
		return nil
	}
	for i, p := range slots {
		if err := w.fill(at, vars, 2+i, p); err != nil {
			return err
		}
	}
	return nil
}

func (w *weightsFile) iteration(at string, vars *hdf5.Group) (int64, error) {
	d, err := vars.Dataset("0")
	if err != nil {
		return 0, inWeights(err)
	}
	v, err := d.Int64s()
	if err != nil {
		return 0, inWeights(err)
	}
	if len(v) != 1 || v[0] < 0 {
		return 0, w.damaged(at, "expected an iteration of 0 or more, file has %v of shape %s", v, dims(d.Shape()))
	}
	return v[0], nil
}
