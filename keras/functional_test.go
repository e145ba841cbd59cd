package keras

import (
	"testing"
)

// functionalNode is layer number i of a Functional model's configuration.
func (n jsonNode) functional(i int) jsonNode { return n.at("config", "layers", i) }

// TestNotAChain refuses Functional models whose layers do not follow each other.
func TestNotAChain(t *testing.T) {
	call := func(r jsonNode, i int) jsonNode { return r.functional(i).at("inbound_nodes", 0) }
	from := func(node jsonNode, name string) {
		node.at("args", 0, "config")["keras_history"] = []any{name, 0, 0}
	}
	for _, c := range []struct {
		edit     func(root jsonNode)
		want     string
		argument string
	}{
		{func(r jsonNode) {
			n := r.functional(2)["inbound_nodes"].([]any)
			r.functional(2)["inbound_nodes"] = append(n, n[0])
		}, `layer "lstm" (LSTM): inbound_nodes=2 calls is not supported; Recurve has chains of layers, and here it is called more than once`, "inbound_nodes"},
		{func(r jsonNode) { from(call(r, 3), "embedding") }, `the model: class_name=Functional is not supported; Recurve has chains of layers, and here layers "lstm" and "dense" both take the output of "embedding"`, "class_name"},
		{func(r jsonNode) { from(call(r, 3), "other") }, `the model: class_name=Functional is not supported; Recurve has chains of layers, and here no way leads from "input_layer" to "dense"`, "class_name"},
		{func(r jsonNode) { r.at("config")["output_layers"] = []any{"lstm", 0, 0} }, `the model: class_name=Functional is not supported; Recurve has chains of layers, and here layer "dense" (Dense) stands beside`, "class_name"},
		{func(r jsonNode) {
			r.at("config")["output_layers"] = []any{[]any{"lstm", 0, 0}, []any{"dense", 0, 0}}
		}, `the model: class_name=Functional is not supported; Recurve has chains of layers, and here it has not one input and one output`, "class_name"},
		{func(r jsonNode) { call(r, 2)["kwargs"].(map[string]any)["training"] = true }, `layer "lstm" (LSTM): training=true is not supported; an argument of the layer's call`, "training"},
		{func(r jsonNode) {
			call(r, 2)["kwargs"].(map[string]any)["mask"] = call(r, 2).at("args", 0)
		}, `layer "lstm" (LSTM): mask="embedding" is not supported; Recurve masks what`, "mask"},
		{func(r jsonNode) { from(call(r, 1), "lstm") }, `the model: class_name=Functional is not supported`, "class_name"},
	} {
		file := editedConfig(t, fixtureFile(t, "functional"), c.edit)
		checkUnsupported(t, file, c.want, c.argument, false)
	}
	damaged := editedConfig(t, fixtureFile(t, "functional"), func(r jsonNode) { r.functional(2)["name"] = "dense" })
	checkDamaged(t, damaged, configMember, `the model: layer 4: expected a name of its own, got "dense"`)
}
