package optimizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"recurve/internal/kernel"
	"recurve/internal/numpy"
	"recurve/tensor"
)

// The fixtures in testdata were made by tools/oracle/optimizers.py with real
// Keras in float32.

type oracleCase struct {
	Name, Class string
	Config      map[string]any
}

type oracle struct {
	t                *testing.T
	z                *numpy.NPZ
	Cases, Schedules []oracleCase
	Steps            []int64
}

func newOracle(t *testing.T) *oracle {
	t.Helper()
	o := &oracle{t: t}
	b, err := os.ReadFile("testdata/cases.json")
	if err == nil {
		err = json.Unmarshal(b, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	if b, err = os.ReadFile("testdata/optimizers.npz"); err == nil {
		o.z, err = numpy.NewNPZ(bytes.NewReader(b), int64(len(b)))
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Cases) < 50 || len(o.Schedules) < 16 {
		t.Fatalf("%d optimizers and %d schedules, want 50 and 16 or more", len(o.Cases), len(o.Schedules))
	}
	return o
}

// rows are an array's; an array that is not there has none.
func (o *oracle) rows(name string) [][]float32 {
	o.t.Helper()
	for _, n := range o.z.Names() {
		if n != name {
			continue
		}
		a, err := o.z.Array(name)
		if err != nil {
			o.t.Fatal(err)
		}
		values, rows := a.Float32s(), [][]float32{}
		width := a.Shape[len(a.Shape)-1]
		for ; len(values) > 0; values = values[width:] {
			rows = append(rows, values[:width])
		}
		return rows
	}
	return nil
}

// described sets the fields of a description from Keras' arguments.
func (o *oracle) described(description any, config map[string]any) any {
	o.t.Helper()
	v := reflect.New(reflect.TypeOf(description)).Elem()
	for name, value := range config {
		if name == "end_learning_rate" && value == 0.0 {
			name, value = "to_zero", true
		}
		f := v.FieldByNameFunc(func(field string) bool { return strings.ToLower(field) == strings.ReplaceAll(name, "_", "") })
		if name == "learning_rate" && reflect.TypeOf(value).Kind() == reflect.String {
			v.FieldByName("Schedule").Set(reflect.ValueOf(o.schedule(value.(string))))
			continue
		}
		b, err := json.Marshal(value)
		if err == nil {
			err = json.Unmarshal(b, f.Addr().Interface())
		}
		if err != nil {
			o.t.Fatal(err)
		}
	}
	return v.Interface()
}

func (o *oracle) schedule(name string) Schedule {
	o.t.Helper()
	for _, c := range o.Schedules {
		for _, s := range []Schedule{ExponentialDecay{}, InverseTimeDecay{}, PiecewiseConstantDecay{}, PolynomialDecay{}, CosineDecay{}, CosineDecayRestarts{}} {
			if c.Name == name && s.ClassName() == c.Class {
				return o.described(s, c.Config).(Schedule)
			}
		}
	}
	o.t.Fatalf("no schedule %q", name)
	return nil
}

func (o *oracle) optimizer(c oracleCase) Optimizer {
	o.t.Helper()
	for _, d := range []Optimizer{SGD{}, RMSprop{}, Adam{}, AdamW{}, Adagrad{}, Adadelta{}, Adamax{}, Nadam{}, Lion{}, Ftrl{}} {
		if d.ClassName() == c.Class {
			return o.described(d, c.Config).(Optimizer)
		}
	}
	o.t.Fatalf("no optimizer %q", c.Class)
	return nil
}

// near compares with 1e-6 of the greatest value.
func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	scale := 1e-2
	for _, v := range want {
		scale = max(scale, math.Abs(float64(v)))
	}
	for i := range want {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= 1e-6*scale) {
			t.Errorf("%s: value %d is %g, want %g (off by %.1e of %g)", what, i, got[i], want[i], d/scale, scale)
			return
		}
	}
}

// ends are the parameters' values end to end.
func ends(params []*tensor.Param) []float32 {
	var out []float32
	for _, p := range params {
		out = append(out, p.Data...)
	}
	return out
}

// inTurn runs the parts one after the other.
func inTurn(parts int, f func(part int)) {
	for part := range parts {
		f(part)
	}
}

// TestOracle follows Keras step by step: the weights and all state.
func TestOracle(t *testing.T) {
	o := newOracle(t)
	w, g := o.rows("w")[0], o.rows("g")
	for _, c := range o.Cases {
		t.Run(c.Name, func(t *testing.T) {
			o.t = t
			a, b := tensor.NewParam("a", 2, 3), tensor.NewParam("b", 3)
			copy(a.Data, w)
			copy(b.Data, w[6:])
			s, err := New(o.optimizer(c), []*tensor.Param{a, b}, kernel.Go{})
			if err != nil {
				t.Fatal(err)
			}
			weights, state := o.rows(c.Name+"_w"), o.rows(c.Name+"_o")
			if state == nil {
				state = make([][]float32, len(g))
			}
			for i := range g {
				copy(a.Grad, g[i])
				copy(b.Grad, g[i][6:])
				s.Step(2, inTurn)
				near(t, fmt.Sprintf("weights after step %d", i+1), ends(s.params), weights[i])
				near(t, fmt.Sprintf("state after step %d", i+1), ends(s.Variables()), state[i])
			}
			s.Finish()
			near(t, "weights after fit", ends(s.params), o.rows(c.Name + "_f")[0])
		})
	}
}

func TestOracleSchedules(t *testing.T) {
	o := newOracle(t)
	for _, c := range o.Schedules {
		t.Run(c.Name, func(t *testing.T) {
			o.t = t
			s := o.schedule(c.Name)
			if err := s.check(); err != nil {
				t.Fatal(err)
			}
			want := o.rows(c.Name + "_r")[0]
			for i, step := range o.Steps {
				if got, want := float64(s.Rate(step)), float64(want[i]); !(math.Abs(got-want) <= 1e-6*want+1e-9) {
					t.Errorf("rate at step %d is %v, want %v", step, got, want)
				}
			}
		})
	}
}
