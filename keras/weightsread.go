package keras

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"recurve"
	"recurve/internal/hdf5"
	"recurve/optimizer"
	"recurve/tensor"
)

// weightsFile is the HDF5 file with the weights while it is being read.
type weightsFile struct {
	file   *hdf5.File  // nil where root is all that is needed
	root   *hdf5.Group // of all that is read here
	size   int64       // of the file
	keras  string      // the version that wrote it
	member string      // the part of the archive, for errors; "" where the file is HDF5 itself
	legacy bool        // weights stand by names, not by numbers
	found  []stored    // by check: one for each of the model's parameters
}

// stored is where a weight stands.
type stored struct {
	at    string // the layer, for errors
	data  *hdf5.Dataset
	cudnn cudnn  // what has to be done with it
	name  string // in a legacy file, without what versions differ in
}

func (r *reader) openWeights() (*weightsFile, error) {
	if r.archive == nil {
		return r.file, nil
	}
	at, size, err := r.archive.open(weightsMember)
	if err != nil {
		return nil, err
	}
	f, err := hdf5.Open(at, size)
	if err != nil {
		return nil, inHDF5(weightsMember, err)
	}
	r.file = &weightsFile{file: f, root: f.Root(), size: size, keras: r.version, member: weightsMember}
	return r.file, nil
}

func (w *weightsFile) inHDF5(err error) error { return inHDF5(w.member, err) }

// damaged is an error about the variables of at.
func (w *weightsFile) damaged(at, format string, args ...any) error {
	return &FormatError{Member: w.member, Problem: at + ": " + fmt.Sprintf(format, args...)}
}

// vars opens the variables of a group; nil where there are none.
func (w *weightsFile) vars(path string) (*hdf5.Group, error) {
	g, err := w.root.Group(path + "/" + varsGroup)
	if errors.Is(err, hdf5.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, w.inHDF5(err)
	}
	return g, nil
}

// check finds the variables that the layers take and compares their shapes.
func (w *weightsFile) check(t *tree) error {
	var err error
	if w.legacy {
		w.found, err = w.findNamed(t)
	} else {
		w.found, err = w.findNumbered(t)
	}
	if err != nil {
		return err
	}
	left, found := w.size, w.found
	for _, n := range t.nodes {
		if err := w.checkNode(n, found[:len(n.vars)], &left); err != nil {
			return err
		}
		found = found[len(n.vars):]
	}
	return nil
}

// checkNode compares the shapes of a group's variables. left is how much more
// the file can hold.
func (w *weightsFile) checkNode(n node, found []stored, left *int64) error {
	if w.legacy {
		markCuDNN(n, found)
	}
	for i, v := range n.vars {
		want := found[i].cudnn.shape(v.shape)
		if got := found[i].data.Shape(); !slices.Equal(got, want) {
			return w.damaged(n.at, "expected %s of shape %s, file has %s", v.name, dims(want), dims(got))
		}
		size, err := w.room(n, variable{v.name, want}, *left)
		if err != nil {
			return err
		}
		*left -= size
	}
	return nil
}

// findNumbered finds variables in groups that are named for the layers' classes.
func (w *weightsFile) findNumbered(t *tree) ([]stored, error) {
	group, err := w.layersGroup()
	if errors.Is(err, hdf5.ErrNotFound) && t.variables() > 0 {
		return nil, &FormatError{Member: w.member, Problem: "it has no group " + layersGroup + w.writer(), Err: err}
	}
	if err != nil && !errors.Is(err, hdf5.ErrNotFound) {
		return nil, w.inHDF5(err)
	}
	var found []stored
	for _, n := range t.nodes {
		vars, err := w.vars(group + strings.TrimPrefix(n.path, layersGroup))
		if err != nil {
			return nil, err
		}
		names := []string(nil)
		if vars != nil {
			names = vars.Names()
		}
		if err := w.count(len(names), n.at, n.vars, group+strings.TrimPrefix(n.path, layersGroup)+"/"+varsGroup); err != nil {
			return nil, err
		}
		for i := range n.vars {
			d, err := vars.Dataset(strconv.Itoa(i))
			if err != nil {
				return nil, w.inHDF5(err)
			}
			found = append(found, stored{at: n.at, data: d})
		}
	}
	return found, nil
}

// layersGroup is the name of the group with the layers.
func (w *weightsFile) layersGroup() (string, error) {
	_, err := w.root.Group(layersGroup)
	if errors.Is(err, hdf5.ErrNotFound) {
		if _, err := w.root.Group(oldLayersGroup); err == nil {
			return oldLayersGroup, nil
		}
	}
	return layersGroup, err
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

// count compares the number of a layer's variables with those that a group has.
func (w *weightsFile) count(got int, at string, want []variable, group string) error {
	if got == len(want) {
		return nil
	}
	var names []string
	for _, v := range want {
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
	return w.damaged(at, "expected %d variable%s%s, file has %d in %s%s", len(want), plural, list, got, group, hint)
}

// writer says who wrote the file, for errors about its whole structure.
func (w *weightsFile) writer() string {
	if w.keras == "" || strings.HasPrefix(w.keras, "3.") {
		return ""
	}
	return "; it was written by Keras " + w.keras + ": load and save it in Keras 3"
}

// load fills the model's parameters, once check has found nothing: all of them
// or, with an error, none.
func (w *weightsFile) load(m *recurve.Model) error {
	params := m.Params()
	if len(w.found) != len(params) {
		return w.damaged("the model", "expected %d variables, file has %d", len(params), len(w.found))
	}
	values := make([][]float32, len(params))
	for i, s := range w.found {
		if want := s.cudnn.shape(params[i].Shape); !slices.Equal(s.data.Shape(), want) {
			return w.damaged(s.at, "expected %s of shape %s, file has %s", params[i].Name, dims(want), dims(s.data.Shape()))
		}
		v, err := s.data.Float32s()
		if err != nil {
			return w.inHDF5(err)
		}
		values[i] = s.cudnn.convert(v, params[i].Shape)
	}
	return m.SetWeights(values)
}

// loadOptimizer takes up the optimizer's state. The note says that the state in
// the file cannot be told for sure, and that the optimizer stays fresh.
func (w *weightsFile) loadOptimizer(m *recurve.Model) (note string, err error) {
	if w.legacy {
		return w.loadNamedOptimizer(m)
	}
	return "", w.loadNumberedOptimizer(m.Optimizer())
}

// loadNumberedOptimizer reads the state that stands by numbers. A file that has
// none, as Keras writes it before the first step, leaves the optimizer fresh.
func (w *weightsFile) loadNumberedOptimizer(s *optimizer.State) error {
	at := "the optimizer " + s.Optimizer.ClassName()
	vars, err := w.vars(optimizerGroup)
	if err != nil || vars == nil || len(vars.Names()) == 0 {
		return err
	}
	slots := s.Variables()
	first, err := w.firstSlot(s, vars)
	if err != nil {
		return err
	}
	// Keras makes the slots at the first step, the others at once. Keras 2's SGD
	// keeps momenta that are not used.
	n := len(vars.Names())
	_, sgd := s.Optimizer.(optimizer.SGD)
	unused := first == 1 && sgd && len(slots) == 0
	if n != first && n != first+len(slots) && !unused {
		return w.damaged(at, "expected %d variables, file has %d; %s", first+len(slots), n, predictionHint)
	}
	d, err := vars.Dataset("0")
	if err != nil {
		return w.inHDF5(err)
	}
	state := optimizerState{at: at, iteration: d}
	if first == 2 {
		if state.rate, err = vars.Dataset("1"); err != nil {
			return w.inHDF5(err)
		}
	}
	if n > first {
		for i := range slots {
			d, err := vars.Dataset(strconv.Itoa(first + i))
			if err != nil {
				return w.inHDF5(err)
			}
			state.slots = append(state.slots, d)
		}
	}
	return w.fillOptimizer(s, state)
}

// firstSlot is the number of the first variable behind the iteration and, from
// Keras 3 on and where no schedule gives it, the learning rate.
func (w *weightsFile) firstSlot(s *optimizer.State, vars *hdf5.Group) (int, error) {
	if s.Scheduled() {
		return 1, nil
	}
	d, err := vars.Dataset("1")
	switch {
	case errors.Is(err, hdf5.ErrNotFound) && len(vars.Names()) == 1:
		return 1, nil
	case err != nil:
		return 0, w.inHDF5(err)
	case w.keras2() && len(d.Shape()) > 0:
		return 1, nil
	}
	return 2, nil
}

// keras2 reports whether Keras 2 may have written the file: weights alone do not
// say who wrote them.
func (w *weightsFile) keras2() bool { return !strings.HasPrefix(w.keras, "3.") }

// optimizerState is where an optimizer's state stands.
type optimizerState struct {
	at        string
	iteration *hdf5.Dataset
	rate      *hdf5.Dataset   // nil where the file has none
	slots     []*hdf5.Dataset // in the order of State.Variables; nil for fresh ones
}

// fillOptimizer reads the state: all of it or, with an error, nothing.
func (w *weightsFile) fillOptimizer(s *optimizer.State, from optimizerState) error {
	iteration, err := w.iteration(from.at, from.iteration)
	if err != nil {
		return err
	}
	rate := []float32{s.LearningRate}
	if from.rate != nil {
		if rate, err = w.values(from.at, from.rate, &tensor.Param{Name: "learning_rate", Shape: []int{}}); err != nil {
			return err
		}
	}
	slots := s.Variables()
	values := make([][]float32, len(from.slots))
	for i, d := range from.slots {
		if values[i], err = w.values(from.at, d, slots[i]); err != nil {
			return err
		}
	}
	s.Iterations, s.LearningRate = iteration, rate[0]
	for i, v := range values {
		copy(slots[i].Data, v)
	}
	return nil
}

// values reads a variable of p's shape.
func (w *weightsFile) values(at string, d *hdf5.Dataset, p *tensor.Param) ([]float32, error) {
	if !slices.Equal(d.Shape(), p.Shape) {
		return nil, w.damaged(at, "expected %s of shape %s, file has %s", p.Name, dims(p.Shape), dims(d.Shape()))
	}
	v, err := d.Float32s()
	if err != nil {
		return nil, w.inHDF5(err)
	}
	return v, nil
}

func (w *weightsFile) iteration(at string, d *hdf5.Dataset) (int64, error) {
	v, err := d.Int64s()
	if err != nil {
		return 0, w.inHDF5(err)
	}
	if len(v) != 1 || v[0] < 0 {
		return 0, w.damaged(at, "expected an iteration of 0 or more, file has %v of shape %s", v, dims(d.Shape()))
	}
	return v[0], nil
}
