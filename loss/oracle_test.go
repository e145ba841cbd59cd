package loss

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"recurve/internal/numpy"
	"recurve/tensor"
)

// The fixtures in testdata were made by tools/oracle/losses.py with real Keras.

type oracleCase struct {
	Name, Loss, Input string
	Config            struct {
		Delta, Alpha   float64
		Gamma          *float64
		LabelSmoothing float64 `json:"label_smoothing"`
		FromLogits     bool    `json:"from_logits"`
		Balancing      bool    `json:"apply_class_balancing"`
	}
}

func (o oracleCase) loss(t *testing.T) Loss {
	t.Helper()
	c := o.Config
	focal := BinaryFocalCrossentropy{ApplyClassBalancing: c.Balancing, Alpha: c.Alpha, FromLogits: c.FromLogits, LabelSmoothing: c.LabelSmoothing}
	if c.Gamma != nil {
		focal.Gamma, focal.NoFocus = *c.Gamma, *c.Gamma == 0
	}
	for _, l := range []Loss{
		MeanSquaredError{}, MeanAbsoluteError{}, MeanAbsolutePercentageError{}, MeanSquaredLogarithmicError{},
		Huber{Delta: c.Delta}, LogCosh{}, Poisson{}, Hinge{}, SquaredHinge{}, CategoricalHinge{}, CosineSimilarity{}, KLDivergence{},
		BinaryCrossentropy{FromLogits: c.FromLogits, LabelSmoothing: c.LabelSmoothing}, focal,
		CategoricalCrossentropy{FromLogits: c.FromLogits, LabelSmoothing: c.LabelSmoothing},
		SparseCategoricalCrossentropy{FromLogits: c.FromLogits},
	} {
		if l.ClassName() == o.Loss {
			return l
		}
	}
	t.Fatalf("no loss %q", o.Loss)
	return nil
}

func TestOracle(t *testing.T) {
	b, err := os.ReadFile("testdata/losses.npz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := numpy.NewNPZ(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	floats := func(name string) []float32 {
		a, err := z.Array(name)
		if err != nil {
			t.Fatal(err)
		}
		return a.Float32s()
	}
	if b, err = os.ReadFile("testdata/cases.json"); err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []oracleCase }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases {
		l := c.loss(t)
		p, y := floats("p_"+c.Input), floats("y_"+c.Input)
		wantV, wantD := floats("v_"+c.Name), floats("d_"+c.Name)
		rows := len(wantV)
		outputs, targets := len(p)/rows, len(y)/rows
		if err := l.Check(); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		if n := l.Targets(outputs); n != targets {
			t.Fatalf("%s: %d targets, want %d", c.Name, n, targets)
		}
		v, d := make([]float32, rows), make([]float32, len(p))
		for i := range v {
			v[i] = float32(l.Row(d[i*outputs:(i+1)*outputs], p[i*outputs:(i+1)*outputs], y[i*targets:(i+1)*targets], 1, 1))
		}
		near(t, c.Name+": value", v, wantV)
		near(t, c.Name+": slope", d, wantD)
		tiled(t, c.Name, l, p, y, v, d)
	}
}

// near allows for one rounding to float32, and for the derivative of a
// prediction that is itself rounded.
func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= 1e-6*math.Abs(float64(want[i]))+3e-8) {
			t.Errorf("%s %d is %g, want %g", what, i, got[i], want[i])
		}
	}
}

// tiled holds a tile's values and gradients to those of its rows, to the bit.
func tiled(t *testing.T, what string, l Loss, p, y, wantV, wantD []float32) {
	t.Helper()
	turn := func(x []float32) []float32 {
		n := len(x) / len(wantV)
		out := make([]float32, n*tensor.Lanes)
		for i, v := range x {
			out[i%n*tensor.Lanes+i/n] = v
		}
		return out
	}
	value, pred := make([]float32, tensor.Lanes), turn(p)
	grad := make([]float32, len(pred))
	scale := [tensor.Lanes]float32(slices.Repeat([]float32{1}, tensor.Lanes))
	Tile(l, value, grad, pred, turn(y), len(wantV), &scale)
	if !slices.Equal(value[:len(wantV)], wantV) || !slices.Equal(grad, turn(wantD)) {
		t.Errorf("%s: a tile has other values than its rows", what)
	}
}
