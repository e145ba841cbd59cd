package metric

import (
	"fmt"
	"math"
)

// confusion counts predicted and true yes and no, output by output.
type confusion struct {
	threshold      float32
	topK           int // only the k greatest outputs may be yes; 0 for all
	class          int // the only one that is looked at; -1 for all
	tp, fp, tn, fn float64
	result         func(c *confusion) float64
}

// Update implements [Measurement].
func (c *confusion) Update(b *Batch) {
	for i := range b.Rows() {
		pred, target, weight := b.row(i)
		for j, p := range pred {
			if c.class >= 0 && j != c.class {
				continue
			}
			yes := p > c.threshold && (c.topK == 0 || c.among(pred, j))
			switch {
			case yes && target[j] != 0:
				c.tp += weight
			case yes:
				c.fp += weight
			case target[j] != 0:
				c.fn += weight
			default:
				c.tn += weight
			}
		}
	}
}

// among reports whether output j is one of the greatest; of equal ones the first
// are.
func (c *confusion) among(pred []float32, j int) bool {
	before := 0
	for i, p := range pred {
		if p > pred[j] || p == pred[j] && i < j {
			before++
		}
	}
	return before < c.topK
}

// Result implements [Measurement].
func (c *confusion) Result() float64 { return round(c.result(c)) }

// Reset implements [Measurement].
func (c *confusion) Reset() { c.tp, c.fp, c.tn, c.fn = 0, 0, 0, 0 }

// pick are the arguments of Precision and Recall.
type pick struct {
	threshold   float64
	topK, class int
	one         bool
}

func (p pick) check(name string, s Shape) error {
	switch {
	case p.topK < 0:
		return fmt.Errorf("%s: TopK: expected 1 or more, got %d", name, p.topK)
	case !p.one && p.class != 0:
		return fmt.Errorf("%s: ClassID: %d is given without OneClass", name, p.class)
	case p.one && (p.class < 0 || p.class >= s.Outputs):
		return fmt.Errorf("%s: ClassID: expected 0 to %d, as there are %d outputs, got %d", name, s.Outputs-1, s.Outputs, p.class)
	}
	if err := checkThreshold(name, p.threshold); err != nil {
		return err
	}
	return matching(name, s)
}

func (p pick) start(result func(c *confusion) float64) Measurement {
	c := &confusion{threshold: 0.5, topK: p.topK, class: -1, result: result}
	switch {
	case p.threshold != 0:
		c.threshold = float32(p.threshold)
	case p.topK > 0:
		c.threshold = -math.MaxFloat32
	}
	if p.one {
		c.class = p.class
	}
	return c
}

// Precision is the share of true among the predicted yes; 0 where none is
// predicted.
type Precision struct {
	// Threshold above which an output says yes, above 0, to 1; default 0.5, or
	// none where TopK is set.
	Threshold float64
	// TopK lets only the k greatest outputs of a prediction say yes; default all.
	TopK int
	// OneClass looks at output ClassID alone.
	OneClass bool
	ClassID  int
	// Name in logs and history; default "precision".
	Name string
}

// ClassName implements [Metric].
func (Precision) ClassName() string { return "Precision" }

// Label implements [Metric].
func (m Precision) Label() string { return or(m.Name, "precision") }

// Direction implements [Metric].
func (Precision) Direction() Direction { return Up }

// Check implements [Metric].
func (m Precision) Check(s Shape) error {
	return pick{m.Threshold, m.TopK, m.ClassID, m.OneClass}.check(m.ClassName(), s)
}

// New implements [Metric].
func (m Precision) New(Shape) Measurement {
	return pick{m.Threshold, m.TopK, m.ClassID, m.OneClass}.start(func(c *confusion) float64 { return quotient(c.tp, c.tp+c.fp) })
}

// Recall is the share of predicted among the true yes; 0 where none is true.
type Recall struct {
	// Threshold above which an output says yes, above 0, to 1; default 0.5, or
	// none where TopK is set.
	Threshold float64
	// TopK lets only the k greatest outputs of a prediction say yes; default all.
	TopK int
	// OneClass looks at output ClassID alone.
	OneClass bool
	ClassID  int
	// Name in logs and history; default "recall".
	Name string
}

// ClassName implements [Metric].
func (Recall) ClassName() string { return "Recall" }

// Label implements [Metric].
func (m Recall) Label() string { return or(m.Name, "recall") }

// Direction implements [Metric].
func (Recall) Direction() Direction { return Up }

// Check implements [Metric].
func (m Recall) Check(s Shape) error {
	return pick{m.Threshold, m.TopK, m.ClassID, m.OneClass}.check(m.ClassName(), s)
}

// New implements [Metric].
func (m Recall) New(Shape) Measurement {
	return pick{m.Threshold, m.TopK, m.ClassID, m.OneClass}.start(func(c *confusion) float64 { return quotient(c.tp, c.tp+c.fn) })
}

// TruePositives is the number of outputs that say yes where it is true.
type TruePositives struct {
	// Threshold above which an output says yes, above 0, to 1; default 0.5.
	Threshold float64
	// Name in logs and history; default "true_positives".
	Name string
}

// ClassName implements [Metric].
func (TruePositives) ClassName() string { return "TruePositives" }

// Label implements [Metric].
func (m TruePositives) Label() string { return or(m.Name, "true_positives") }

// Direction implements [Metric].
func (TruePositives) Direction() Direction { return Neither }

// Check implements [Metric].
func (m TruePositives) Check(s Shape) error {
	return pick{threshold: m.Threshold}.check(m.ClassName(), s)
}

// New implements [Metric].
func (m TruePositives) New(Shape) Measurement {
	return pick{threshold: m.Threshold}.start(func(c *confusion) float64 { return c.tp })
}

// FalsePositives is the number of outputs that say yes where it is not true.
type FalsePositives struct {
	// Threshold above which an output says yes, above 0, to 1; default 0.5.
	Threshold float64
	// Name in logs and history; default "false_positives".
	Name string
}

// ClassName implements [Metric].
func (FalsePositives) ClassName() string { return "FalsePositives" }

// Label implements [Metric].
func (m FalsePositives) Label() string { return or(m.Name, "false_positives") }

// Direction implements [Metric].
func (FalsePositives) Direction() Direction { return Neither }

// Check implements [Metric].
func (m FalsePositives) Check(s Shape) error {
	return pick{threshold: m.Threshold}.check(m.ClassName(), s)
}

// New implements [Metric].
func (m FalsePositives) New(Shape) Measurement {
	return pick{threshold: m.Threshold}.start(func(c *confusion) float64 { return c.fp })
}

// TrueNegatives is the number of outputs that say no where that is right.
type TrueNegatives struct {
	// Threshold above which an output says yes, above 0, to 1; default 0.5.
	Threshold float64
	// Name in logs and history; default "true_negatives".
	Name string
}

// ClassName implements [Metric].
func (TrueNegatives) ClassName() string { return "TrueNegatives" }

// Label implements [Metric].
func (m TrueNegatives) Label() string { return or(m.Name, "true_negatives") }

// Direction implements [Metric].
func (TrueNegatives) Direction() Direction { return Neither }

// Check implements [Metric].
func (m TrueNegatives) Check(s Shape) error {
	return pick{threshold: m.Threshold}.check(m.ClassName(), s)
}

// New implements [Metric].
func (m TrueNegatives) New(Shape) Measurement {
	return pick{threshold: m.Threshold}.start(func(c *confusion) float64 { return c.tn })
}

// FalseNegatives is the number of outputs that say no where yes is true.
type FalseNegatives struct {
	// Threshold above which an output says yes, above 0, to 1; default 0.5.
	Threshold float64
	// Name in logs and history; default "false_negatives".
	Name string
}

// ClassName implements [Metric].
func (FalseNegatives) ClassName() string { return "FalseNegatives" }

// Label implements [Metric].
func (m FalseNegatives) Label() string { return or(m.Name, "false_negatives") }

// Direction implements [Metric].
func (FalseNegatives) Direction() Direction { return Neither }

// Check implements [Metric].
func (m FalseNegatives) Check(s Shape) error {
	return pick{threshold: m.Threshold}.check(m.ClassName(), s)
}

// New implements [Metric].
func (m FalseNegatives) New(Shape) Measurement {
	return pick{threshold: m.Threshold}.start(func(c *confusion) float64 { return c.fn })
}
