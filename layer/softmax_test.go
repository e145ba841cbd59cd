package layer

import (
	"math"
	"strings"
	"testing"

	"recurve/activation"
	"recurve/internal/kernel"
	"recurve/tensor"
)

// TestSoftmax: shares of 1 by the formula, also where e^x has no float32.
func TestSoftmax(t *testing.T) {
	lanes := [][]float32{{1, 2, 3}, {1000, 1000, -1000}, {-2000, -2001, -2000.5}, {0, 0, 0}, {200, -200, 199}}
	x := make([]float32, 3*tensor.Lanes)
	for l, v := range lanes {
		for i := range v {
			x[i*tensor.Lanes+l] = v[i]
		}
	}
	k, err := kernel.Choose("")
	if err != nil {
		t.Fatal(err)
	}
	softmax(k, x)
	for l, v := range lanes {
		var sum float64
		for _, w := range v {
			sum += math.Exp(float64(w) - float64(v[0]))
		}
		for i, w := range v {
			want := math.Exp(float64(w)-float64(v[0])) / sum
			if got := float64(x[i*tensor.Lanes+l]); math.Abs(got-want) > 3e-7*want+1e-38 {
				t.Errorf("softmax(%v)[%d] = %v, want %v", v, i, got, want)
			}
		}
	}
}

func TestSoftmaxNotInCells(t *testing.T) {
	_, err := Build([]Layer{Input{Shape: []int{3, 2}}, LSTM{Units: 2, Activation: activation.Softmax}}, BuildOptions{Kernels: kernel.Go{}})
	if err == nil || !strings.Contains(err.Error(), "softmax is not supported in a recurrent layer") {
		t.Errorf("error %v", err)
	}
}
