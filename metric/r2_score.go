package metric

import (
	"fmt"
	"math"
)

// R2Score is how much of the targets' variance the predictions explain,
//
//	1 - sum of (y-p)^2 / sum of (y - mean of y)^2
//
// of each output, and their mean: 1 is the best, 0 what the mean of the targets
// gives.
type R2Score struct {
	// VarianceWeighted weighs the outputs by their targets' variance; default all
	// alike.
	VarianceWeighted bool
	// NumRegressors, 0 or more, asks for the adjusted score of a model with so many
	// independent variables.
	NumRegressors int
	// Name in logs and history; default "r2_score".
	Name string
}

// ClassName implements [Metric].
func (R2Score) ClassName() string { return "R2Score" }

// Label implements [Metric].
func (m R2Score) Label() string { return or(m.Name, "r2_score") }

// Direction implements [Metric].
func (R2Score) Direction() Direction { return Up }

// Check implements [Metric].
func (m R2Score) Check(s Shape) error {
	if m.NumRegressors < 0 {
		return fmt.Errorf("R2Score: NumRegressors: expected 0 or more, got %d", m.NumRegressors)
	}
	return vectors(m.ClassName(), s)
}

// New implements [Metric].
func (m R2Score) New(s Shape) Measurement {
	return &r2{R2Score: m, outputs: make([]moments, s.Outputs)}
}

type r2 struct {
	R2Score
	outputs []moments
	samples int // times outputs
}

// moments are weighted sums over an output's targets and errors. The targets are
// taken from the first, so that a large mean does not drown their variance.
type moments struct{ first, sum, squares, errors, count float64 }

// Update implements [Measurement].
func (r *r2) Update(b *Batch) {
	for i := range b.Rows() {
		pred, target, weight := b.row(i)
		for j, p := range pred {
			o, y := &r.outputs[j], float64(target[j])
			if r.samples < len(r.outputs) {
				o.first = y
			}
			e := y - float64(p)
			y -= o.first
			o.sum += float64(weight * y)
			o.squares += float64(weight * y * y)
			o.errors += float64(weight * e * e)
			o.count += weight
			r.samples++
		}
	}
}

// Result implements [Measurement].
func (r *r2) Result() float64 {
	if r.samples == 0 {
		return 0
	}
	var sum, weights float64
	for _, o := range r.outputs {
		variance := o.squares - float64(o.sum*(o.sum/o.count))
		score := 1 - o.errors/variance
		if math.IsInf(score, 0) {
			score = 0
		}
		weight := 1.0
		if r.VarianceWeighted {
			weight = variance
		}
		sum += float64(weight * score)
		weights += weight
	}
	score := sum / weights
	if n, p := float64(r.samples), float64(r.NumRegressors); p > 0 && p < n-1 {
		score = 1 - (1-score)*(n-1)/(n-p-1)
	}
	return round(score)
}

// Reset implements [Measurement].
func (r *r2) Reset() {
	clear(r.outputs)
	r.samples = 0
}
