package keras

import (
	"encoding/json"
	"io"
	"path"
	"strconv"
	"strings"

	"recurve"
	"recurve/internal/hdf5"
	"recurve/layer"
)

// legacyObject is an object of a .h5 file's configuration.
type legacyObject struct {
	ClassName string          `json:"class_name"`
	Config    json.RawMessage `json:"config"`
}

// writeLegacy writes the model as one HDF5 file, as Keras 3 does.
func writeLegacy(dst io.Writer, m *recurve.Model) error {
	config, err := legacyConfig(m)
	if err != nil {
		return err
	}
	training, err := trainingConfig(m)
	if err != nil {
		return err
	}
	w := hdf5.NewWriter()
	root := w.Root()
	root.SetAttrString(versionAttr, formatVersion)
	root.SetAttrString(backendAttr, legacyBackend)
	root.SetAttrString(modelConfigAttr, string(config))
	if training != nil {
		root.SetAttrString(trainingConfigAttr, string(training))
	}
	names := writeNamed(root.CreateGroup(modelWeightsGroup), m)
	if m.Optimizer() != nil {
		writeNamedOptimizer(root.CreateGroup(optimizerWeights), m, names)
	}
	_, err = w.WriteTo(dst)
	return err
}

// legacyBackend is the backend that a .h5 file names; Keras passes over it.
const legacyBackend = "jax"

// legacyConfig is the attribute model_config.
func legacyConfig(m *recurve.Model) ([]byte, error) {
	c, err := sequentialOf(m)
	if err != nil {
		return nil, err
	}
	config := struct {
		Name            string          `json:"name"`
		Layers          []legacyObject  `json:"layers"`
		BuildInputShape json.RawMessage `json:"build_input_shape,omitempty"`
	}{Name: c.Name, BuildInputShape: c.BuildInputShape}
	for _, o := range c.Layers {
		config.Layers = append(config.Layers, legacyObject{o.ClassName, o.Config})
	}
	raw, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	return json.Marshal(legacyObject{"Sequential", raw})
}

// trainingConfig is the attribute training_config; nil where there is no
// optimizer, for Keras takes none without.
func trainingConfig(m *recurve.Model) ([]byte, error) {
	if m.Optimizer() == nil {
		return nil, nil
	}
	raw, err := compileJSON(m)
	if err != nil {
		return nil, err
	}
	var c compileConfig
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	out := struct {
		Loss            choice          `json:"loss"`
		Metrics         json.RawMessage `json:"metrics"`
		LossWeights     *struct{}       `json:"loss_weights"`
		WeightedMetrics *struct{}       `json:"weighted_metrics"`
		OptimizerConfig legacyObject    `json:"optimizer_config"`
	}{Loss: c.Loss, Metrics: c.Metrics, OptimizerConfig: legacyObject{c.Optimizer.Name, c.Optimizer.Config}}
	if out.Loss.Config != nil {
		out.Loss.Module = "keras.losses"
	}
	return json.Marshal(out)
}

// writeNamed writes the weights by name, and returns the names in the order of
// the model's parameters.
func writeNamed(g *hdf5.GroupWriter, m *recurve.Model) []string {
	g.SetAttrString(versionAttr, formatVersion)
	g.SetAttrString(backendAttr, legacyBackend)
	t, params := treeOf(m), m.Params()
	names := map[string]string{} // of the groups of the numbered form
	var layers, all []string
	from := 0
	for i, op := range m.Network().Operators {
		sub := g.CreateGroup(op.Name())
		layers = append(layers, op.Name())
		var weights []string
		for _, n := range t.nodes[from:t.ends[i]] {
			above, ok := names[path.Dir(n.path)]
			if !ok {
				above = m.Name()
			}
			names[n.path] = above + "/" + n.name
			for _, v := range n.vars {
				sub.CreateGroup(names[n.path]).WriteFloat32(v.name, params[0].Shape, params[0].Data)
				weights = append(weights, names[n.path]+"/"+v.name)
				params = params[1:]
			}
		}
		from = t.ends[i]
		setNames(sub, weightNamesAttr, weights)
		all = append(all, weights...)
	}
	setNames(g, layerNamesAttr, layers)
	setNames(g.CreateGroup(topLevelGroup), weightNamesAttr, nil)
	return all
}

// writeNamedOptimizer writes the optimizer's state. weights are the names of the
// model's.
func writeNamedOptimizer(g *hdf5.GroupWriter, m *recurve.Model, weights []string) {
	s := m.Optimizer()
	own := layer.SnakeCase(s.Optimizer.ClassName())
	sub := g.CreateGroup(own)
	sub.WriteInt64("iteration", nil, []int64{s.Iterations})
	names := []string{own + "/iteration"}
	if !s.Scheduled() {
		sub.WriteFloat32("learning_rate", nil, []float32{s.LearningRate})
		names = append(names, own+"/learning_rate")
	}
	for i, slot := range slotsOf(s, m.Params()) {
		name := slot.kind
		if slot.param >= 0 {
			name = strings.ReplaceAll(weights[slot.param], "/", "_") + "_" + slot.kind
		}
		v := s.Variables()[i]
		sub.WriteFloat32(name, v.Shape, v.Data)
		names = append(names, own+"/"+name)
	}
	setNames(g, weightNamesAttr, names)
}

// setNames sets a list of names, divided over several attributes where one does
// not hold them all, as Keras does.
func setNames(g *hdf5.GroupWriter, attribute string, names []string) {
	const limit = 64512 // bytes of all names in one attribute, as in Keras
	longest := 0
	for _, n := range names {
		longest = max(longest, len(n))
	}
	size := min(hdf5.MaxStrings, limit/max(longest, 1))
	if len(names) <= size {
		g.SetAttrStrings(attribute, names)
		return
	}
	for i := 0; i*size < len(names); i++ {
		g.SetAttrStrings(attribute+strconv.Itoa(i), names[i*size:min((i+1)*size, len(names))])
	}
}
