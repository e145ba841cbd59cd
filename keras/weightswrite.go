package keras

import (
	"strconv"

	"recurve"
	"recurve/internal/hdf5"
	"recurve/layer"
	"recurve/tensor"
)

// weights builds model.weights.h5.
func weights(m *recurve.Model) *hdf5.Writer {
	w := hdf5.NewWriter()
	newVars(w.Root(), m.Name())
	w.Root().CreateGroup(layersGroup)
	params := m.Params()
	for _, n := range treeOf(m).nodes {
		writeVars(newVars(w.Root().CreateGroup(n.path), n.name), 0, params[:len(n.vars)])
		params = params[len(n.vars):]
	}
	if s := m.Optimizer(); s != nil {
		vars := newVars(w.Root().CreateGroup(optimizerGroup), layer.SnakeCase(s.Optimizer.ClassName()))
		vars.WriteInt64("0", nil, []int64{s.Iterations})
		first := 1
		if !s.Scheduled() {
			vars.WriteFloat32("1", nil, []float32{s.LearningRate})
			first++
		}
		writeVars(vars, first, s.Variables())
	}
	return w
}

// description is the layer that an operator was built from, with a
// Bidirectional's inner layer as it was built.
func description(op layer.Operator) layer.Layer {
	l, ok := op.Layer().(layer.Bidirectional)
	if !ok {
		return op.Layer()
	}
	l.Layer = halves(op)[0].Layer().(layer.Recurrent)
	return l
}

// newVars makes an object's group of variables, which bears the object's name
// as in Keras.
func newVars(g *hdf5.GroupWriter, name string) *hdf5.GroupWriter {
	vars := g.CreateGroup(varsGroup)
	vars.SetAttrString("name", name)
	return vars
}

// writeVars writes variables under their numbers from first on.
func writeVars(g *hdf5.GroupWriter, first int, params []*tensor.Param) {
	for i, p := range params {
		g.WriteFloat32(strconv.Itoa(first+i), p.Shape, p.Data)
	}
}
