package keras

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"recurve"
	"recurve/activation"
	"recurve/initializer"
	"recurve/internal/hdf5"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
)

// outline is what a weights' file has where: groups with their attribute name,
// and datasets with their shape.
func outline(t *testing.T, h5 []byte) map[string]string {
	t.Helper()
	f, err := hdf5.Open(bytes.NewReader(h5), int64(len(h5)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	err = f.Walk(func(o hdf5.Object, err error) error {
		if err != nil {
			return err
		}
		if d, ok := o.(*hdf5.Dataset); ok {
			out[o.Path()] = fmt.Sprint(d.Shape())
			return nil
		}
		out[o.Path()] = "group"
		a, err := o.Attr("name")
		if errors.Is(err, hdf5.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		name, err := a.Text()
		out[o.Path()] += " " + name
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOracleTree writes what Keras has saved again: the weights' file must have
// the same groups, names and arrays.
func TestOracleTree(t *testing.T) {
	for _, f := range fixtures(t) {
		if f.refused() != "" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			want := outline(t, contents(t, read1(t, f.path()))[weightsMember])
			got := outline(t, contents(t, packedAgain(t, f.Name))[weightsMember])
			for _, path := range slices.Sorted(maps.Keys(want)) {
				if strings.HasPrefix(path, "/layers/input_layer") || f.functional() && path == "/vars" {
					continue // a Functional model counts its input among the layers
				}
				if got[path] != want[path] {
					t.Errorf("%s: %q, Keras has %q", path, got[path], want[path])
				}
			}
			for _, path := range slices.Sorted(maps.Keys(got)) {
				if _, ok := want[path]; !ok {
					t.Errorf("%s: %q, Keras has none", path, got[path])
				}
			}
		})
	}
}

// TestOracleConfig compares what is written with what Keras wrote for the same
// model: each argument must be Keras', by name and value, and be one that not
// only the newest Keras knows.
func TestOracleConfig(t *testing.T) {
	for _, f := range fixtures(t) {
		if f.refused() != "" || f.functional() {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			var got, want any
			for file, to := range map[*any][]byte{&want: read1(t, f.path()), &got: packedAgain(t, f.Name)} {
				if err := json.Unmarshal(contents(t, to)[configMember], file); err != nil {
					t.Fatal(err)
				}
			}
			// A loss without arguments is written by its name; a batch's size and the
			// type of an Embedding's input are not kept.
			switch f.Name {
			case "fully_compiled":
				jsonNode(want.(map[string]any)).at("compile_config")["loss"] = "binary_crossentropy"
			case "no_input":
				input := jsonNode(want.(map[string]any)).layer(0)
				input["dtype"], input["batch_shape"] = "int32", []any{nil, input["batch_shape"].([]any)[1]}
			}
			within(t, "config.json", got, want)
		})
	}
}

// within reports what got has and want has not, or otherwise.
func within(t *testing.T, at string, got, want any) {
	t.Helper()
	switch g := got.(type) {
	case map[string]any:
		w, ok := want.(map[string]any)
		if !ok {
			t.Errorf("%s: %v, Keras has %v", at, got, want)
			return
		}
		for key, v := range g {
			if x, ok := w[key]; ok {
				within(t, at+"."+key, v, x)
			} else {
				t.Errorf("%s: %s=%v, Keras has no such argument", at, key, v)
			}
		}
	case []any:
		w, ok := want.([]any)
		if !ok || len(w) != len(g) {
			t.Errorf("%s: %v, Keras has %v", at, got, want)
			return
		}
		for i := range g {
			within(t, fmt.Sprintf("%s[%d]", at, i), g[i], w[i])
		}
	case float64:
		if w, ok := want.(float64); !ok || float32(g) != float32(w) {
			t.Errorf("%s: %v, Keras has %v", at, got, want)
		}
	default:
		if got != want {
			t.Errorf("%s: %v, Keras has %v", at, got, want)
		}
	}
}

// TestWrittenConfig pins the form that Keras 3.0 and later read; see
// tools/oracle/keras_opens_ours.py. A float has a point even where it is whole,
// for Keras 3.0 takes nothing else.
func TestWrittenConfig(t *testing.T) {
	m, err := recurve.New(recurve.Options{Name: "m"}, layer.Embedding{InputDim: 9, OutputDim: 2},
		layer.Bidirectional{Layer: layer.LSTM{Units: 2, NoUnitForgetBias: true, RecurrentInitializer: initializer.Orthogonal{Gain: 2}}, MergeMode: layer.Mul},
		layer.Dropout{Rate: 1}, layer.Dense{Units: 1, Activation: activation.Sigmoid, NoBias: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Compile(recurve.CompileOptions{Optimizer: optimizer.SGD{LearningRate: 1}, Loss: loss.BinaryCrossentropy{FromLogits: true},
		Metrics: []metric.Metric{metric.Accuracy{}, metric.Accuracy{Name: "half", Threshold: 0.25}}}); err != nil {
		t.Fatal(err)
	}
	const inner = `"units":2,"recurrent_initializer":{"module":"keras.initializers","class_name":"OrthogonalInitializer","config":{"gain":2.0},` +
		`"registered_name":null},"unit_forget_bias":false},"registered_name":null}`
	const want = `{"module":"keras","class_name":"Sequential","config":{"name":"m","layers":[` +
		`{"module":"keras.layers","class_name":"Embedding","config":{"name":"embedding","input_dim":9,"output_dim":2},"registered_name":null},` +
		`{"module":"keras.layers","class_name":"Bidirectional","config":{"name":"bidirectional","merge_mode":"mul",` +
		`"layer":{"module":"keras.layers","class_name":"LSTM","config":{"name":"forward_lstm",` + inner + `,` +
		`"backward_layer":{"module":"keras.layers","class_name":"LSTM","config":{"name":"backward_lstm","go_backwards":true,` + inner + `},"registered_name":null},` +
		`{"module":"keras.layers","class_name":"Dropout","config":{"name":"dropout","rate":1.0},"registered_name":null},` +
		`{"module":"keras.layers","class_name":"Dense","config":{"name":"dense","units":1,"activation":"sigmoid","use_bias":false},"registered_name":null}],` +
		`"build_input_shape":[null,null]},"registered_name":null,"compile_config":{"optimizer":{"module":"keras.optimizers","class_name":"SGD",` +
		`"config":{"learning_rate":1.0,"momentum":0.0,"nesterov":false},"registered_name":null},"loss":{"module":"keras.losses","class_name":"BinaryCrossentropy",` +
		`"config":{"from_logits":true},"registered_name":null},"metrics":["accuracy",{"module":"keras.metrics","class_name":"BinaryAccuracy",` +
		`"config":{"name":"half","threshold":0.25},"registered_name":null}]}}`
	if got := string(contents(t, written(t, m))[configMember]); got != want {
		t.Errorf("config.json:\n got %s\nwant %s", got, want)
	}
}
