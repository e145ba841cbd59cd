package keras

import (
	"archive/zip"
	"testing"

	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
)

// TestTolerant reads the forms that other versions of Keras write: the model
// must predict what the fixture's does.
func TestTolerant(t *testing.T) {
	function := func(name string) any {
		return map[string]any{"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
	}
	for name, edit := range map[string]func(root jsonNode){
		"dtype by name":    func(r jsonNode) { r.layer(2)["dtype"] = "float32" },
		"dtype of Keras 2": func(r jsonNode) { r.layer(2)["dtype"] = keyed("Policy", map[string]any{"name": "float32"}) },
		"no dtype":         func(r jsonNode) { r.layer(2)["dtype"] = nil; delete(r.layer(1), "dtype") },
		"activation as function": func(r jsonNode) {
			r.layer(2)["activation"], r.layer(3)["activation"] = function("tanh"), function("sigmoid")
		},
		"initializer by name": func(r jsonNode) {
			r.layer(1)["embeddings_initializer"] = "uniform"
			r.layer(2)["recurrent_initializer"] = "OrthogonalInitializer"
			r.layer(2)["bias_initializer"] = "zeros"
		},
		"initializer without a module": func(r jsonNode) {
			r.layer(2)["kernel_initializer"] = map[string]any{"class_name": "GlorotUniform", "config": map[string]any{"seed": 3}}
		},
		"harmless arguments": func(r jsonNode) {
			for _, i := range []int{1, 2, 3} {
				for _, key := range []string{"implementation", "use_cudnn", "unroll", "input_length", "seed", "future"} {
					r.layer(i)[key] = 2
				}
				r.layer(i)["time_major"], r.layer(i)["return_state"] = false, nil
			}
			r["shared_object_id"], r.at("config", "layers", 2)["shared_object_id"] = 17, 18
			r["build_config"] = map[string]any{"anything": nil}
		},
		"modules of Keras 2": func(r jsonNode) {
			for i, m := range []string{"keras.engine.input_layer", "keras.src.layers.core", "tf_keras.layers", ""} {
				r.at("config", "layers", i)["module"] = m
			}
			r["module"] = "keras.src.models.sequential"
			r.at("config", "layers", 2)["registered_name"] = "LSTM"
		},
		"input shape of Keras 2": func(r jsonNode) {
			r.layer(0)["batch_input_shape"] = r.layer(0)["batch_shape"]
			delete(r.layer(0), "batch_shape")
		},
		"fixed batch": func(r jsonNode) { r.layer(0)["batch_shape"] = []any{6, 9} },
		"any length":  func(r jsonNode) { r.layer(0)["batch_shape"] = []any{nil, nil} },
		"no InputLayer": func(r jsonNode) {
			r.at("config")["layers"] = r.at("config")["layers"].([]any)[1:]
		},
		"no InputLayer, shape in the first layer": func(r jsonNode) {
			r.layer(1)["batch_input_shape"] = r.at("config")["build_input_shape"]
			delete(r.at("config"), "build_input_shape")
			r.at("config")["layers"] = r.at("config")["layers"].([]any)[1:]
		},
		"no shape at all": func(r jsonNode) {
			delete(r.at("config"), "build_input_shape")
			r.at("config")["layers"] = r.at("config")["layers"].([]any)[1:]
		},
		"compiled with strings": func(r jsonNode) {
			r["compile_config"] = map[string]any{"optimizer": "rmsprop", "loss": []any{"BinaryCrossentropy"}, "metrics": []any{[]any{"acc"}}}
		},
		"not compiled": func(r jsonNode) { r["compile_config"] = map[string]any{} },
	} {
		t.Run(name, func(t *testing.T) {
			m, err := readBytes(editedConfig(t, fixtureFile(t, "lstm_rmsprop"), edit), Options{})
			if err != nil {
				t.Fatal(err)
			}
			a := fixture{Name: "lstm_rmsprop"}.arrays(t)
			near(t, "y", predict(t, m, a.data()), a.floats("y"), 1e-6)
		})
	}
}

// TestTolerantArchive reads archives that others than Keras have packed.
func TestTolerantArchive(t *testing.T) {
	members := contents(t, fixtureFile(t, "lstm_rmsprop"))
	a := fixture{Name: "lstm_rmsprop"}.arrays(t)
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		m, err := readBytes(packed(t, method, members), Options{})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "y", predict(t, m, a.data()), a.floats("y"), 1e-6)
	}
	delete(members, metadataMember)
	members["assets/other.bin"] = []byte("something")
	if _, err := readBytes(packed(t, zip.Store, members), Options{}); err != nil {
		t.Error(err)
	}
}

// TestCompileForms reads the ways in which Keras writes how a model is compiled.
func TestCompileForms(t *testing.T) {
	file := fixtureFile(t, "lstm_rmsprop")
	for name, c := range map[string]struct {
		edit      func(compile jsonNode)
		optimizer optimizer.Optimizer
		loss      loss.Loss
		metrics   []metric.Metric
	}{
		"as it is": {func(jsonNode) {}, optimizer.RMSprop{}, loss.BinaryCrossentropy{}, []metric.Metric{metric.Accuracy{}}},
		"rates": {func(c jsonNode) {
			// float32's 0.1, and one that has no short form
			c.at("optimizer", "config")["learning_rate"] = 0.10000000149011612
			c.at("optimizer", "config")["rho"] = 0.3
		}, optimizer.RMSprop{LearningRate: 0.1, Rho: 0.3}, loss.BinaryCrossentropy{}, []metric.Metric{metric.Accuracy{}}},
		"loss object": {func(c jsonNode) {
			c["loss"] = keyed("BinaryCrossentropy", map[string]any{"name": "x", "reduction": "sum_over_batch_size", "from_logits": true, "label_smoothing": 0.5, "axis": -1})
			c["metrics"] = nil
		}, optimizer.RMSprop{}, loss.BinaryCrossentropy{FromLogits: true, LabelSmoothing: 0.5}, nil},
		"bce": {func(c jsonNode) {
			c["loss"] = "bce"
			c["metrics"] = []any{"acc", "Accuracy", "binary_accuracy"}
		}, optimizer.RMSprop{}, loss.BinaryCrossentropy{},
			[]metric.Metric{metric.Accuracy{Name: "acc"}, metric.Accuracy{Name: "Accuracy"}, metric.BinaryAccuracy{}}},
		"metric objects": {func(c jsonNode) {
			c["metrics"] = []any{
				keyed("BinaryAccuracy", map[string]any{"name": "right", "dtype": "float32", "threshold": 0.25}),
				keyed("BinaryAccuracy", map[string]any{}),
				keyed("BinaryAccuracy", map[string]any{"name": "accuracy", "threshold": 0.5}),
			}
		}, optimizer.RMSprop{}, loss.BinaryCrossentropy{},
			[]metric.Metric{metric.BinaryAccuracy{Name: "right", Threshold: 0.25}, metric.BinaryAccuracy{}, metric.BinaryAccuracy{Name: "accuracy"}}},
		"functions": {func(c jsonNode) {
			f := map[string]any{"module": "builtins", "class_name": "function", "config": "binary_crossentropy", "registered_name": "function"}
			c["loss"] = f
			c["metrics"] = []any{map[string]any{"module": "builtins", "class_name": "function", "config": "binary_accuracy", "registered_name": "function"}}
		}, optimizer.RMSprop{}, loss.BinaryCrossentropy{}, []metric.Metric{metric.BinaryAccuracy{}}},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := readBytes(editedConfig(t, file, func(r jsonNode) { c.edit(r.at("compile_config")) }), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if m.Optimizer().Optimizer != c.optimizer || m.Loss() != c.loss {
				t.Errorf("optimizer %#v, loss %#v, want %#v, %#v", m.Optimizer().Optimizer, m.Loss(), c.optimizer, c.loss)
			}
			if len(m.Metrics()) != len(c.metrics) {
				t.Fatalf("metrics %#v, want %#v", m.Metrics(), c.metrics)
			}
			for i, want := range c.metrics {
				if m.Metrics()[i] != want {
					t.Errorf("metric %#v, want %#v", m.Metrics()[i], want)
				}
			}
			if m.Optimizer().Iterations != 1 {
				t.Errorf("iteration %d, want 1", m.Optimizer().Iterations)
			}
		})
	}
}
