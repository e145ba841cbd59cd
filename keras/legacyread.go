package keras

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"recurve"
	"recurve/internal/hdf5"
	"recurve/optimizer"
	"recurve/tensor"
)

// names reads a list of names. One that is too long for an attribute stands in
// several, which are numbered.
func (w *weightsFile) names(o hdf5.Object, attribute string) ([]string, error) {
	a, err := o.Attr(attribute)
	if err == nil {
		names, err := a.Strings()
		if err != nil {
			return nil, w.inHDF5(err)
		}
		return names, nil
	}
	var all []string
	for i := 0; ; i++ {
		a, missing := o.Attr(attribute + strconv.Itoa(i))
		if errors.Is(missing, hdf5.ErrNotFound) && i > 0 {
			return all, nil
		}
		if missing != nil {
			return nil, w.inHDF5(err)
		}
		names, err := a.Strings()
		if err != nil {
			return nil, w.inHDF5(err)
		}
		all = append(all, names...)
	}
}

// namedGroup is a layer's group in a legacy file.
type namedGroup struct {
	*hdf5.Group
	weights []string // paths below it
}

// namedGroups are the groups of the layers that have weights, in the order of
// the model.
func (w *weightsFile) namedGroups() ([]namedGroup, error) {
	at := w.root
	if has(at, modelConfigAttr) {
		var err error
		if at, err = at.Group(modelWeightsGroup); err != nil {
			return nil, w.inHDF5(err)
		}
	}
	layers, err := w.names(at, layerNamesAttr)
	if err != nil {
		return nil, err
	}
	var out []namedGroup
	for _, name := range layers {
		g, err := at.Group(name)
		if err != nil {
			return nil, w.inHDF5(err)
		}
		weights, err := w.names(g, weightNamesAttr)
		if err != nil {
			return nil, err
		}
		if len(weights) > 0 {
			out = append(out, namedGroup{g, weights})
		}
	}
	return out, nil
}

// findNamed finds the variables of a legacy file. Layers are matched by their
// order, weights of a layer too, as Keras does: names differ from version to
// version.
func (w *weightsFile) findNamed(t *tree) ([]stored, error) {
	groups, err := w.namedGroups()
	if err != nil {
		return nil, err
	}
	var found []stored
	taken, from := 0, 0
	for _, end := range t.ends {
		var vars []variable
		for _, n := range t.nodes[from:end] {
			vars = append(vars, n.vars...)
		}
		at := ""
		if end > from {
			at = t.nodes[from].at
		}
		from = end
		if len(vars) == 0 {
			continue
		}
		if taken == len(groups) {
			return nil, w.damaged(at, "expected %d variables, file has no more layers with weights than %d", len(vars), taken)
		}
		g := groups[taken]
		taken++
		if err := w.count(len(g.weights), at, vars, "group "+path.Base(g.Path())); err != nil {
			return nil, err
		}
		all, err := w.datasets(g.Group, g.weights)
		if err != nil {
			return nil, err
		}
		for i, name := range g.weights {
			found = append(found, stored{at: at, data: all[i], name: plainName(name)})
		}
	}
	if taken < len(groups) && !t.blocked {
		return nil, w.damaged("the model", "expected %d layers with weights, file has %d; the first too many is %s",
			taken, len(groups), path.Base(groups[taken].Path()))
	}
	return found, nil
}

// datasets opens the datasets at paths below g. A group on the way is opened once.
func (w *weightsFile) datasets(g *hdf5.Group, paths []string) ([]*hdf5.Dataset, error) {
	groups := map[string]*hdf5.Group{"": g}
	out := make([]*hdf5.Dataset, len(paths))
	for i, p := range paths {
		dir, name := "", p
		if slash := strings.LastIndexByte(p, '/'); slash >= 0 {
			dir, name = p[:slash], p[slash+1:]
		}
		at := groups[dir]
		if at == nil {
			var err error
			if at, err = g.Group(dir); err != nil {
				return nil, w.inHDF5(err)
			}
			groups[dir] = at
		}
		var err error
		if out[i], err = at.Dataset(name); err != nil {
			return nil, w.inHDF5(err)
		}
	}
	return out, nil
}

// plainName is a variable's name without TensorFlow's number of an output, and
// with Keras 3's separator for what stands in another name.
func plainName(name string) string {
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = name[:i]
	}
	return strings.ReplaceAll(name, "/", "_")
}

// loadNamedOptimizer reads the state of a legacy file's optimizer, if it is sure
// which value belongs to which weight.
func (w *weightsFile) loadNamedOptimizer(m *recurve.Model) (note string, err error) {
	s := m.Optimizer()
	g, err := w.root.Group(optimizerWeights)
	if errors.Is(err, hdf5.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", w.inHDF5(err)
	}
	names, err := w.names(g, weightNamesAttr)
	if err != nil || len(names) == 0 {
		return "", err
	}
	found, err := w.datasets(g, names)
	if err != nil {
		return "", err
	}
	all := make([]named, len(names))
	for i, name := range names {
		all[i] = named{name: plainName(name), data: found[i]}
	}
	state, problem := w.matchOptimizer(s, m.Params(), all)
	if problem != "" {
		return fmt.Sprintf("the optimizer %s starts fresh: its state in the file cannot be told for sure (%s)", s.Optimizer.ClassName(), problem), nil
	}
	return "", w.fillOptimizer(s, state)
}

// named is a variable of a legacy file's optimizer.
type named struct {
	name  string
	data  *hdf5.Dataset
	taken bool
}

// matchOptimizer finds out by the names which variable is which. The problem
// says why it cannot be told.
func (w *weightsFile) matchOptimizer(s *optimizer.State, params []*tensor.Param, all []named) (out optimizerState, problem string) {
	out.at = "the optimizer " + s.Optimizer.ClassName()
	for _, f := range w.found {
		if f.cudnn.part != notCuDNN {
			return out, "it belongs to weights of a layer on CuDNN, which have another form"
		}
	}
	for i := range all {
		v := &all[i]
		switch base := v.name[strings.LastIndexByte(v.name, '_')+1:]; {
		case i == 0 && (base == "iteration" || base == "iter" || base == "iterations") && len(v.data.Shape()) == 0:
			out.iteration, v.taken = v.data, true
		case strings.HasSuffix(v.name, "learning_rate") && len(v.data.Shape()) == 0:
			out.rate, v.taken = v.data, true
		}
	}
	if out.iteration == nil {
		return out, fmt.Sprintf("its first variable is %s, no count of iterations", all[0].name)
	}
	rest := 0
	for _, v := range all {
		if !v.taken {
			rest++
		}
	}
	if rest == 0 {
		return out, ""
	}
	next := map[string]int{} // of a kind: where to look first
	for _, slot := range slotsOf(s, params) {
		weight := "the optimizer"
		var d *hdf5.Dataset
		if slot.param < 0 {
			d = takeOwn(all, slot.kind)
		} else {
			weight = w.found[slot.param].name
			d = takeSlot(all, next, weight, slot.kind)
		}
		if d == nil {
			return out, fmt.Sprintf("there is no %s of %s", slot.kind, weight)
		}
		out.slots = append(out.slots, d)
		rest--
	}
	// Keras 2's SGD keeps momenta that are not used.
	if _, sgd := s.Optimizer.(optimizer.SGD); rest > 0 && (!sgd || len(out.slots) > 0) {
		return out, fmt.Sprintf("there are %d variables more than expected", rest)
	}
	return out, ""
}

// takeSlot takes the first variable, from the last of the kind on, that is the
// weight's and of the kind, by one of the names that versions of Keras have given
// it. Those of a kind stand in the order of the weights.
func takeSlot(all []named, next map[string]int, weight, kind string) *hdf5.Dataset {
	for _, k := range kindNames(kind) {
		behind, before := "_"+weight+"_"+k, "_"+k+"_"+weight
		for i := next[kind]; i < len(all); i++ {
			v := &all[i]
			if !v.taken && (strings.HasSuffix(v.name, behind) || strings.HasSuffix(v.name, before)) {
				v.taken, next[kind] = true, i+1
				return v.data
			}
		}
	}
	return nil
}

// takeOwn takes the variable that belongs to no weight, such as Nadam's product of
// momenta, which Keras 3 names like any variable without a name.
func takeOwn(all []named, kind string) *hdf5.Dataset {
	for i := range all {
		v := &all[i]
		anonymous := v.name == "variable" || strings.HasPrefix(v.name, "variable_")
		if !v.taken && len(v.data.Shape()) == 0 && (anonymous || strings.HasSuffix(v.name, "_"+kind) || strings.HasSuffix(v.name, "u_product")) {
			v.taken = true
			return v.data
		}
	}
	return nil
}

// kindNames are the names of a kind of slot: Keras 3's, then those of Keras 2.
func kindNames(kind string) []string {
	switch kind {
	case "momentum":
		return []string{kind, "m"}
	case "velocity":
		return []string{kind, "v", "rms"}
	case "velocity_hat":
		return []string{kind, "vhat"}
	case "average_gradient":
		return []string{kind, "mg"}
	}
	return []string{kind}
}

// slot is one of an optimizer's variables.
type slot struct {
	param int    // the number of the weight that it belongs to; -1 for none
	kind  string // such as "momentum"
}

// slotsOf says of each of the optimizer's variables what it is: those of a kind
// come in the order of the weights, and are called for weight and kind.
func slotsOf(s *optimizer.State, params []*tensor.Param) []slot {
	names := map[string]bool{}
	for _, p := range params {
		names[p.Name] = true
	}
	counts := map[string]int{}
	var out []slot
	for _, v := range s.Variables() {
		found := slot{-1, v.Name}
		for name := range names {
			kind, ok := strings.CutPrefix(v.Name, name+"_")
			if i := counts[kind]; ok && i < len(params) && params[i].Name == name {
				found = slot{i, kind}
				break
			}
		}
		counts[found.kind]++
		out = append(out, found)
	}
	return out
}
