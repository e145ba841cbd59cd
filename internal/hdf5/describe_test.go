package hdf5_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"recurve/internal/hdf5"
)

// description is an object of a file, or an attribute, as the scripts in
// tools/oracle describe it: a group has links, an array the rest.
type description struct {
	Links      []string               `json:"links,omitempty"`
	Type       string                 `json:"type,omitempty"`
	Shape      []int                  `json:"shape"`
	Values     []string               `json:"values"`
	Attributes map[string]description `json:"attributes,omitempty"`
}

// tree is a description of a whole file, by path.
type tree map[string]description

// wantTree reads what h5py saw in a fixture.
func wantTree(t *testing.T, name string) tree {
	t.Helper()
	return readTree(t, filepath.Join("testdata", name+".json"))
}

func readTree(t *testing.T, path string) tree {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want tree
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for _, d := range want {
		d.canonical(t)
		for _, a := range d.Attributes {
			a.canonical(t)
		}
	}
	return want
}

// canonical rewrites floating-point values the way Go writes them.
func (d description) canonical(t *testing.T) {
	t.Helper()
	if !isFloat(d.Type) {
		return
	}
	for i, v := range d.Values {
		x, err := strconv.ParseFloat(v, 64)
		if err != nil {
			t.Fatal(err)
		}
		d.Values[i] = floatText(x)
	}
}

func isFloat(kind string) bool { return strings.HasPrefix(kind, "float") || kind == "bfloat16" }

func floatText(x float64) string { return strconv.FormatFloat(x, 'x', -1, 64) }

func open(t *testing.T, data []byte) *hdf5.File {
	t.Helper()
	f, err := hdf5.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func readFixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// describe reads a whole file.
func describe(t *testing.T, f *hdf5.File) tree {
	t.Helper()
	got, err := describeFile(f)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func describeFile(f *hdf5.File) (tree, error) {
	got := tree{}
	err := f.Walk(func(o hdf5.Object, err error) error {
		if err != nil {
			return err
		}
		var d description
		switch o := o.(type) {
		case *hdf5.Group:
			d.Links = o.Names()
		case *hdf5.Dataset:
			d, err = describeArray(o)
		}
		if err != nil {
			return err
		}
		d.Attributes = map[string]description{}
		for _, a := range o.Attrs() {
			if d.Attributes[a.Name()], err = describeArray(a); err != nil {
				return err
			}
		}
		got[o.Path()] = d
		return nil
	})
	return got, err
}

// array is what datasets and attributes have in common.
type array interface {
	Shape() []int
	Type() string
	Float32s() ([]float32, error)
	Float64s() ([]float64, error)
	Int64s() ([]int64, error)
	Strings() ([]string, error)
}

// describeArray reads an array by all conversions its type has, and checks
// that they agree.
func describeArray(a array) (description, error) {
	d := description{Type: a.Type(), Shape: a.Shape()}
	if d.Type == "string" {
		var err error
		d.Values, err = a.Strings()
		return d, err
	}
	float64s, err := a.Float64s()
	if err != nil {
		return d, err
	}
	float32s, err := a.Float32s()
	if err != nil {
		return d, err
	}
	if isFloat(d.Type) {
		for i, x := range float64s {
			d.Values = append(d.Values, floatText(x))
			if y := float32s[i]; y != float32(x) && !math.IsNaN(x) {
				return d, fmt.Errorf("element %d is %v as float64, %v as float32", i, x, y)
			}
		}
		return d, nil
	}
	int64s, err := a.Int64s()
	if err != nil {
		return d, err
	}
	for i, n := range int64s {
		d.Values = append(d.Values, strconv.FormatInt(n, 10))
		if float64s[i] != float64(n) || float32s[i] != float32(n) {
			return d, fmt.Errorf("element %d is %d, %v as float64, %v as float32", i, n, float64s[i], float32s[i])
		}
	}
	return d, nil
}
