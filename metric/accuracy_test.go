package metric

import "testing"

func TestAccuracy(t *testing.T) {
	tests := []struct {
		name         string
		m            Accuracy
		pred, target []float32
		outputs      int
		want         float64
	}{
		{"one output, 0.5 counts as no", Accuracy{}, []float32{0.5, 0.500001, 0.2, 0.9}, []float32{1, 1, 0, 0}, 1, 0.5},
		{"threshold", Accuracy{Threshold: 0.8}, []float32{0.75, 0.9}, []float32{1, 1}, 1, 0.5},
		{"greatest of several", Accuracy{}, []float32{0.1, 0.7, 0.2, 0.5, 0.5, 0}, []float32{0, 1, 0, 1, 0, 0}, 3, 1},
		{"rounded to float32", Accuracy{}, []float32{1, 1, 0}, []float32{1, 1, 1}, 1, float64(float32(2) / 3)},
		{"nothing seen", Accuracy{}, nil, nil, 1, 0},
	}
	for _, tt := range tests {
		m := tt.m.New(Shape{Outputs: tt.outputs, Targets: tt.outputs})
		m.Update(&Batch{Pred: tt.pred, Target: tt.target, Outputs: tt.outputs, Targets: tt.outputs})
		if got := m.Result(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		m.Reset()
		if got := m.Result(); got != 0 {
			t.Errorf("%s: %v after Reset", tt.name, got)
		}
	}
}
