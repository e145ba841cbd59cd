package dataset

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"
)

// TestLengths compares with NumPy; see tools/oracle/data_text.py.
func TestLengths(t *testing.T) {
	b, err := os.ReadFile("testdata/lengths.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Lengths, Counts []int
		Bins            int
		Edges           []float64
		Mean, Median    float64
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for _, want := range cases {
		s := Sequences{}
		for _, n := range want.Lengths {
			s.X = append(s.X, make([]int32, n))
		}
		l := s.Lengths()
		if !slices.Equal(l, want.Lengths) || l.Mean() != want.Mean || l.Median() != want.Median {
			t.Errorf("mean %v, median %v; want %v, %v", l.Mean(), l.Median(), want.Mean, want.Median)
		}
		h, err := l.Histogram(want.Bins)
		if err != nil || !slices.Equal(h.Counts, want.Counts) {
			t.Errorf("%d bins: %v %v, want %v", want.Bins, h.Counts, err, want.Counts)
		}
		for i, e := range h.Edges {
			if math.Abs(e-want.Edges[i]) > 1e-9*math.Abs(want.Edges[i]) {
				t.Errorf("%d bins: edge %d is %v, want %v", want.Bins, i, e, want.Edges[i])
			}
		}
	}
	none := Lengths{}
	if none.Mean() != 0 || none.Median() != 0 || none.Min() != 0 || none.Max() != 0 {
		t.Error("no lengths have numbers")
	}
	if _, err := none.Histogram(3); err == nil {
		t.Error("a histogram of nothing")
	}
	for _, bins := range []int{0, -1, math.MaxInt} {
		if _, err := (Lengths{1, 2}).Histogram(bins); err == nil {
			t.Errorf("a histogram of %d bins", bins)
		}
	}
}
