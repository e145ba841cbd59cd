package metric

import (
	"fmt"
	"math"
)

// Average is how the values of classes become one.
type Average uint8

// The averages.
const (
	NoAverage Average = iota // none: only a single output has one value
	Micro                    // count over all classes together
	Macro                    // the mean over classes
	Weighted                 // the mean over classes, each by how often it is true
)

// FBetaScore is the harmonic mean of precision and recall, recall counting Beta
// times as much:
//
//	(1+Beta^2) * precision*recall / (Beta^2*precision + recall)
//
// of each class, and their average.
type FBetaScore struct {
	// Average of the classes. Needed where there are several.
	Average Average
	// Beta, above 0; default 1.
	Beta float64
	// Threshold above which an output says yes, above 0, to 1; default: the
	// greatest output alone does.
	Threshold float64
	// Name in logs and history; default "fbeta_score".
	Name string
}

// ClassName implements [Metric].
func (FBetaScore) ClassName() string { return "FBetaScore" }

// Label implements [Metric].
func (m FBetaScore) Label() string { return or(m.Name, "fbeta_score") }

// Direction implements [Metric].
func (FBetaScore) Direction() Direction { return Up }

// Check implements [Metric].
func (m FBetaScore) Check(s Shape) error { return m.check(m.ClassName(), s) }

func (m FBetaScore) check(class string, s Shape) error {
	switch {
	case m.Average > Weighted:
		return fmt.Errorf("%s: Average: %d is not known", class, m.Average)
	case m.Average == NoAverage && s.Outputs > 1:
		return fmt.Errorf("%s has a value for each of the %d outputs; set Average to metric.Macro, Micro or Weighted", class, s.Outputs)
	case !(m.Beta >= 0):
		return fmt.Errorf("%s: Beta: expected above 0, got %v", class, m.Beta)
	}
	if err := checkThreshold(class, m.Threshold); err != nil {
		return err
	}
	return vectors(class, s)
}

// New implements [Metric].
func (m FBetaScore) New(s Shape) Measurement {
	if m.Beta == 0 {
		m.Beta = 1
	}
	classes := s.Outputs
	if m.Average == Micro {
		classes = 1
	}
	return &fScore{FBetaScore: m, classes: make([]fCounts, classes)}
}

// F1Score is [FBetaScore] with a Beta of 1.
type F1Score struct {
	// Average of the classes. Needed where there are several.
	Average Average
	// Threshold above which an output says yes, above 0, to 1; default: the
	// greatest output alone does.
	Threshold float64
	// Name in logs and history; default "f1_score".
	Name string
}

// ClassName implements [Metric].
func (F1Score) ClassName() string { return "F1Score" }

// Label implements [Metric].
func (m F1Score) Label() string { return or(m.Name, "f1_score") }

// Direction implements [Metric].
func (F1Score) Direction() Direction { return Up }

func (m F1Score) beta() FBetaScore { return FBetaScore{Average: m.Average, Threshold: m.Threshold} }

// Check implements [Metric].
func (m F1Score) Check(s Shape) error { return m.beta().check(m.ClassName(), s) }

// New implements [Metric].
func (m F1Score) New(s Shape) Measurement { return m.beta().New(s) }

type fScore struct {
	FBetaScore
	classes []fCounts
}

// fCounts are a class' true and false yes, its false no, and how much is true.
type fCounts struct{ tp, fp, fn, truth float64 }

// Update implements [Measurement].
func (f *fScore) Update(b *Batch) {
	for i := range b.Rows() {
		pred, target, weight := b.row(i)
		top := pred[greatest(pred)]
		for j, p := range pred {
			yes := p > float32(f.Threshold)
			if f.Threshold == 0 {
				yes = p >= top && math.Abs(float64(p)) > 1e-9
			}
			c, y := &f.classes[j%len(f.classes)], float64(target[j])
			if yes {
				c.tp += float64(weight * y)
				c.fp += float64(weight * (1 - y))
			} else {
				c.fn += float64(weight * y)
			}
			c.truth += float64(weight * y)
		}
	}
}

// Result implements [Measurement].
func (f *fScore) Result() float64 {
	const epsilon = 1e-7
	var all, sum float64
	for _, c := range f.classes {
		all += c.truth
	}
	square := float64(f.Beta * f.Beta)
	for _, c := range f.classes {
		precision, recall := c.tp/(c.tp+c.fp+epsilon), c.tp/(c.tp+c.fn+epsilon)
		score := float64((1+square)*precision*recall) / (float64(square*precision) + recall + epsilon)
		if f.Average == Weighted {
			sum += float64(score * c.truth / (all + epsilon))
		} else {
			sum += score / float64(len(f.classes))
		}
	}
	return round(sum)
}

// Reset implements [Measurement].
func (f *fScore) Reset() { clear(f.classes) }
