package keras

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// fixtureFile is a fixture whose configuration is to be changed.
func fixtureFile(t testing.TB, name string) []byte {
	t.Helper()
	return read1(t, fixture{Name: name}.path())
}

// keyed is an object as Keras writes it.
func keyed(class string, config map[string]any) map[string]any {
	return map[string]any{"module": "keras.things", "class_name": class, "config": config, "registered_name": nil}
}

// TestUnsupported asks for what Recurve does not have, one thing at a time. The
// error must name the layer, the argument and the value. Where it matters in
// training only, NoCompile lets it pass.
func TestUnsupported(t *testing.T) {
	const lstm, dense, embedding = `layer "lstm" (LSTM): `, `layer "dense" (Dense): `, `layer "embedding" (Embedding): `
	for _, c := range []struct {
		layer    int // of lstm_rmsprop: input, embedding, lstm, dense
		argument string
		value    any
		want     string
		training bool
	}{
		{1, "embeddings_regularizer", keyed("Orthogonal", nil), embedding + "embeddings_regularizer=Orthogonal", true},
		{1, "embeddings_constraint", "mine", embedding + `embeddings_constraint="mine"`, true},
		{1, "activity_regularizer", keyed("L1", nil), embedding + "activity_regularizer=L1", true},
		{1, "trainable", false, embedding + "trainable=false", true},
		{1, "lora_rank", 4, embedding + "lora_rank=4", false},
		{1, "dtype", "int8", embedding + `dtype="int8"`, false},
		{1, "dtype", keyed("QuantizedDTypePolicy", map[string]any{"name": "float32"}), embedding + "dtype=QuantizedDTypePolicy", false},
		{1, "embeddings_initializer", keyed("Identity", nil), embedding + "embeddings_initializer=Identity", true},
		{2, "stateful", true, lstm + "stateful=true", false},
		{2, "return_state", true, lstm + "return_state=true", false},
		{2, "time_major", true, lstm + "time_major=true", false},
		{2, "kernel_regularizer", keyed("OrthogonalRegularizer", nil), lstm + "kernel_regularizer=OrthogonalRegularizer", true},
		{2, "recurrent_constraint", keyed("MaxNorm", map[string]any{"max_value": 0}), lstm + "recurrent_constraint=MaxNorm", true},
		{2, "bias_regularizer", "l3", lstm + `bias_regularizer="l3"`, true},
		{2, "activation", "mish", lstm + `activation="mish"`, false},
		{2, "activation", "gelu", lstm + `activation="gelu"`, false},
		{2, "recurrent_activation", 3, lstm + "recurrent_activation=3", false},
		{3, "activation", keyed("LeakyReLU", map[string]any{"negative_slope": 0.1}), dense + "activation=LeakyReLU", false},
		{3, "activation", map[string]any{"module": "my_code", "class_name": "function", "config": "tanh", "registered_name": "tanh"}, dense + "activation=", false},
		{3, "kernel_initializer", keyed("Constant", map[string]any{"value": []float64{1, 2}}), dense + "kernel_initializer=Constant", true},
		{3, "quantization_config", keyed("Int8", nil), dense + "quantization_config=Int8", false},
		{0, "sparse", true, `layer "input_layer" (InputLayer): sparse=true`, false},
		{0, "ragged", true, `layer "input_layer" (InputLayer): ragged=true`, false},
		{0, "batch_shape", []any{nil, 9, 2, 2}, `layer "input_layer" (InputLayer): batch_shape=[null,9,2,2]`, false},
	} {
		t.Run(c.want, func(t *testing.T) {
			file := editedConfig(t, fixtureFile(t, "lstm_rmsprop"), func(root jsonNode) { root.layer(c.layer)[c.argument] = c.value })
			checkUnsupported(t, file, c.want, c.argument, c.training)
		})
	}
}

// checkUnsupported wants an UnsupportedError, or that NoCompile goes round it.
func checkUnsupported(t *testing.T, file []byte, want, argument string, training bool) {
	t.Helper()
	_, err := readBytes(file, Options{})
	var unsupported *UnsupportedError
	if !errors.As(err, &unsupported) {
		t.Fatalf("error %v, want an UnsupportedError", err)
	}
	if unsupported.Argument != argument || unsupported.File != "m.keras" || !strings.HasPrefix(err.Error(), "m.keras: "+want) {
		t.Errorf("error %q about the argument %q, want %q about %q", err, unsupported.Argument, want, argument)
	}
	if hint := strings.Contains(err.Error(), "NoCompile"); hint != training {
		t.Errorf("error %q speaks of NoCompile: %v, want %v", err, hint, training)
	}
	if _, err := readBytes(file, Options{NoCompile: true}); (err == nil) != training {
		t.Errorf("with NoCompile: error %v, want one: %v", err, !training)
	}
}

func TestUnsupportedClasses(t *testing.T) {
	for _, c := range []struct {
		edit     func(root jsonNode)
		want     string
		argument string
	}{
		{func(r jsonNode) { r["class_name"] = "Critic" }, "the model: class_name=Critic is not supported; a model of a class of your own", "class_name"},
		{func(r jsonNode) { r["registered_name"] = "mine>Sequential" }, "the model: class_name=Sequential is not supported", "class_name"},
		{func(r jsonNode) { r.at("config", "layers", 2)["class_name"] = "Conv1D" }, `layer "lstm" (Conv1D) is not supported; Recurve has `, ""},
		{func(r jsonNode) { r.at("config", "layers", 2)["module"] = "my.layers" }, `layer "lstm" (LSTM) is not supported; it is a class of your own`, ""},
		{func(r jsonNode) { r.at("config", "layers", 2)["registered_name"] = "mine>LSTM" }, `layer "lstm" (LSTM) is not supported; it is a class of your own`, ""},
	} {
		file := editedConfig(t, fixtureFile(t, "lstm_rmsprop"), c.edit)
		checkUnsupported(t, file, c.want, c.argument, false)
	}
}

func TestUnsupportedChain(t *testing.T) {
	// A recurrent layer that returns one vector cannot feed another.
	file := editedConfig(t, fixtureFile(t, "twice"), func(r jsonNode) { r.layer(2)["return_sequences"] = false })
	checkUnsupported(t, file, `the chain of layers is not supported; layer 4 "lstm_1" (LSTM): expected sequences of vectors`, "", false)
	file = editedConfig(t, fixtureFile(t, "lstm_rmsprop"), func(r jsonNode) {
		r.layer(0)["batch_shape"] = []any{nil, 9, 4}
	})
	checkUnsupported(t, file, `the chain of layers is not supported; layer 1 (Input): Shape: an Embedding follows`, "", false)
}

func TestUnsupportedBidirectional(t *testing.T) {
	const at = `layer "bidirectional" (Bidirectional): `
	for _, c := range []struct {
		edit     func(wrapper jsonNode)
		want     string
		argument string
		training bool
	}{
		{func(w jsonNode) { w["merge_mode"] = "max" }, at + `merge_mode="max"`, "merge_mode", false},
		{func(w jsonNode) { w.at("layer", "config")["go_backwards"] = true }, at + "layer.go_backwards=true", "layer.go_backwards", false},
		{func(w jsonNode) { w.at("backward_layer", "config")["go_backwards"] = false }, at + "backward_layer=LSTM", "backward_layer", false},
		{func(w jsonNode) { w.at("backward_layer", "config")["activation"] = "relu" }, at + "backward_layer=LSTM", "backward_layer", false},
		{func(w jsonNode) { w.at("layer")["class_name"] = "Dense" }, at + "layer=Dense", "layer", false},
		{func(w jsonNode) { w.at("layer")["class_name"] = "TimeDistributed" },
			`layer "forward_lstm" (TimeDistributed) in layer "bidirectional" (Bidirectional): layer= is not supported`, "layer", false},
		{func(w jsonNode) {
			w.at("layer", "config")["kernel_regularizer"] = "l3"
			w.at("backward_layer", "config")["kernel_regularizer"] = "l3"
		}, `layer "forward_lstm" (LSTM) in layer "bidirectional" (Bidirectional): kernel_regularizer="l3"`, "kernel_regularizer", true},
	} {
		file := editedConfig(t, fixtureFile(t, "bidirectional"), func(r jsonNode) { c.edit(r.layer(2)) })
		checkUnsupported(t, file, c.want, c.argument, c.training)
	}
}

// TestUnsupportedCompile asks for what Recurve does not train with: NoCompile
// reads each of them.
func TestUnsupportedCompile(t *testing.T) {
	for _, c := range []struct {
		path     []any
		key      string
		value    any
		want     string
		argument string
	}{
		{[]any{"optimizer"}, "class_name", "Adafactor", "compile_config: optimizer=Adafactor", "optimizer"},
		{[]any{"optimizer"}, "registered_name", "mine>RMSprop", `compile_config: optimizer={`, "optimizer"},
		{[]any{"optimizer", "config"}, "learning_rate", keyed("MySchedule", map[string]any{}), "the optimizer RMSprop: learning_rate=MySchedule", "learning_rate"},
		{[]any{"optimizer", "config"}, "learning_rate", keyed("CosineDecayRestarts", map[string]any{"t_mul": 0}),
			"the optimizer RMSprop: the schedule CosineDecayRestarts: t_mul=0", "t_mul"},
		{[]any{"optimizer", "config"}, "decay", 0.1, "the optimizer RMSprop: decay=0.1", "decay"},
		{[]any{"optimizer", "config"}, "rho", 0, "the optimizer RMSprop: rho=0", "rho"},
		{[]any{"optimizer", "config"}, "epsilon", 0, "the optimizer RMSprop: epsilon=0", "epsilon"},
		{nil, "loss", "dice", `compile_config: loss="dice"`, "loss"},
		{nil, "loss", nil, "compile_config: loss=null", "loss"},
		{nil, "loss", []any{"bce", "bce"}, `compile_config: loss=["bce","bce"]`, "loss"},
		{nil, "loss", map[string]any{"dense": "bce"}, `compile_config: loss={"dense":"bce"}`, "loss"},
		{nil, "loss", keyed("BinaryCrossentropy", map[string]any{"reduction": "sum"}), `the loss BinaryCrossentropy: reduction="sum"`, "reduction"},
		{nil, "loss", keyed("BinaryCrossentropy", map[string]any{"axis": 1}), `the loss BinaryCrossentropy: axis=1`, "axis"},
		{nil, "loss_weights", []any{2.0}, "compile_config: loss_weights=[2]", "loss_weights"},
		{nil, "weighted_metrics", []any{"accuracy", "iou"}, `compile_config: weighted_metrics="iou"`, "weighted_metrics"},
		{nil, "metrics", []any{"accuracy", "MeanIoU"}, `compile_config: metrics="MeanIoU"`, "metrics"},
		{nil, "metrics", []any{keyed("AUC", map[string]any{"label_weights": []any{1, 2}})}, "the metric AUC: label_weights=[1,2]", "label_weights"},
		{nil, "metrics", []any{keyed("AUC", map[string]any{"thresholds": []any{0.25}})}, "the metric AUC: thresholds=[0.25]", "thresholds"},
		{nil, "metrics", []any{keyed("AUC", map[string]any{"curve": "DET"})}, `the metric AUC: curve="DET"`, "curve"},
		{nil, "metrics", []any{keyed("Recall", map[string]any{"thresholds": 0})}, "the metric Recall: thresholds=0", "thresholds"},
		{nil, "loss", keyed("SparseCategoricalCrossentropy", map[string]any{"ignore_class": 0}), "the loss SparseCategoricalCrossentropy: ignore_class=0", "ignore_class"},
		{nil, "metrics", []any{keyed("Accuracy", map[string]any{})}, "compile_config: metrics=Accuracy", "metrics"},
		{nil, "metrics", map[string]any{"dense": []any{"accuracy"}}, `compile_config: metrics={"dense"`, "metrics"},
	} {
		t.Run(fmt.Sprint(c.key, c.value), func(t *testing.T) {
			file := editedConfig(t, fixtureFile(t, "lstm_rmsprop"), func(r jsonNode) {
				r.at(append([]any{"compile_config"}, c.path...)...)[c.key] = c.value
			})
			checkUnsupported(t, file, c.want, c.argument, true)
		})
	}
}
