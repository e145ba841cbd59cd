package keras

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"reflect"
	"slices"

	"pgregory.net/rapid"

	"recurve"
	"recurve/layer"
	"recurve/optimizer"
	"recurve/tensor"
)

func read1(t rapid.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readBytes(b []byte, o Options) (*recurve.Model, error) {
	return Read(bytes.NewReader(b), int64(len(b)), "m.keras", o)
}

// contents are the members of an archive.
func contents(t rapid.TB, file []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// packed makes an archive of members.
func packed(t rapid.TB, method uint16, members map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range members {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// edited is the file with one member changed; a nil one is taken out.
func edited(t rapid.TB, file []byte, name string, edit func([]byte) []byte) []byte {
	t.Helper()
	members := contents(t, file)
	if members[name] = edit(members[name]); members[name] == nil {
		delete(members, name)
	}
	return packed(t, zip.Store, members)
}

// editedConfig is the file with a changed config.json.
func editedConfig(t rapid.TB, file []byte, edit func(root jsonNode)) []byte {
	t.Helper()
	return edited(t, file, configMember, func(b []byte) []byte {
		var v map[string]any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		edit(v)
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
}

// jsonNode is an object of decoded JSON that is to be changed.
type jsonNode map[string]any

// at is the object below, by keys and numbers.
func (n jsonNode) at(path ...any) jsonNode {
	var v any = map[string]any(n)
	for _, p := range path {
		if i, ok := p.(int); ok {
			v = v.([]any)[i]
		} else {
			v = v.(map[string]any)[p.(string)]
		}
	}
	return v.(map[string]any)
}

// layer is the configuration of layer number i.
func (n jsonNode) layer(i int) jsonNode { return n.at("config", "layers", i, "config") }

// same compares all that a file keeps of two models.
func same(t rapid.TB, got, want *recurve.Model) {
	t.Helper()
	if got.Name() != want.Name() {
		t.Errorf("name %q, want %q", got.Name(), want.Name())
	}
	g, w := got.Network(), want.Network()
	if g.InputName != w.InputName || g.Input.String() != w.Input.String() || g.Input.IDs != w.Input.IDs {
		t.Errorf("input %q %v, want %q %v", g.InputName, g.Input, w.InputName, w.Input)
	}
	if len(g.Operators) != len(w.Operators) {
		t.Fatalf("%d layers, want %d", len(g.Operators), len(w.Operators))
	}
	for i, op := range w.Operators {
		o := g.Operators[i]
		if o.Name() != op.Name() {
			t.Errorf("layer %d: name %q, want %q", i, o.Name(), op.Name())
		}
		if a, b := nameless(o.Layer()), nameless(op.Layer()); !reflect.DeepEqual(a, b) {
			t.Errorf("layer %d:\n got %#v\nwant %#v", i, a, b)
		}
		if _, ok := op.Layer().(layer.Bidirectional); ok {
			for j, h := range halves(op) {
				if name := halves(o)[j].Name(); name != h.Name() {
					t.Errorf("layer %d, half %d: name %q, want %q", i, j, name, h.Name())
				}
			}
		}
	}
	sameParams(t, "parameter", got.Params(), want.Params())
	if got.Compiled() != want.Compiled() || !reflect.DeepEqual(got.Loss(), want.Loss()) || !reflect.DeepEqual(got.Metrics(), want.Metrics()) {
		t.Errorf("compiled %v, loss %#v, metrics %#v, want %v, %#v, %#v",
			got.Compiled(), got.Loss(), got.Metrics(), want.Compiled(), want.Loss(), want.Metrics())
	}
	sameOptimizer(t, got.Optimizer(), want.Optimizer())
	if !reflect.DeepEqual(got.Text(), want.Text()) {
		t.Errorf("text %+v, want %+v", got.Text(), want.Text())
	}
	if !reflect.DeepEqual(got.Origin(), want.Origin()) {
		t.Errorf("origin %+v, want %+v", got.Origin(), want.Origin())
	}
}

func sameOptimizer(t rapid.TB, got, want *optimizer.State) {
	t.Helper()
	if got == nil || want == nil {
		if got != want {
			t.Errorf("optimizer %v, want %v", got, want)
		}
		return
	}
	if !reflect.DeepEqual(got.Optimizer, want.Optimizer) || got.Iterations != want.Iterations || bits(got.LearningRate) != bits(want.LearningRate) {
		t.Errorf("optimizer %#v at %d with rate %v, want %#v at %d with %v", got.Optimizer, got.Iterations, got.LearningRate,
			want.Optimizer, want.Iterations, want.LearningRate)
	}
	sameParams(t, "optimizer variable", got.Variables(), want.Variables())
}

func bits(v float32) uint32 { return math.Float32bits(v) }

func sameParams(t rapid.TB, what string, got, want []*tensor.Param) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d of %s, want %d", len(got), what, len(want))
	}
	for i, w := range want {
		if !slices.Equal(got[i].Shape, w.Shape) {
			t.Errorf("%s %d: shape %v, want %v", what, i, got[i].Shape, w.Shape)
		}
		for j, v := range w.Data {
			if bits(got[i].Data[j]) != bits(v) {
				t.Errorf("%s %d (%s): value %d is %v, want %v", what, i, w.Name, j, got[i].Data[j], v)
				break
			}
		}
	}
}

// nameless is the layer without its name, which its operator has; so for a layer
// inside.
func nameless(l layer.Layer) layer.Layer {
	v := reflect.New(reflect.TypeOf(l)).Elem()
	v.Set(reflect.ValueOf(l))
	v.FieldByName("Name").SetString("")
	if inner := v.FieldByName("Layer"); inner.IsValid() {
		inner.Set(reflect.ValueOf(nameless(inner.Interface().(layer.Layer))))
	}
	return v.Interface().(layer.Layer)
}
