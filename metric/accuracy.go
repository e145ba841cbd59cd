package metric

import "fmt"

// Accuracy is the share of right answers, by the shape of the targets as Keras'
// "accuracy" is: [BinaryAccuracy] of one output; of several,
// [SparseCategoricalAccuracy] where the target is the number of a class, else
// [CategoricalAccuracy].
type Accuracy struct {
	// Threshold of a single output, above 0, to 1; default 0.5.
	Threshold float64
	// Name in logs and history; default "accuracy".
	Name string
}

// ClassName implements [Metric].
func (Accuracy) ClassName() string { return "Accuracy" }

// Label implements [Metric].
func (m Accuracy) Label() string { return or(m.Name, "accuracy") }

// Direction implements [Metric].
func (Accuracy) Direction() Direction { return Up }

// Check implements [Metric].
func (m Accuracy) Check(s Shape) error {
	if s.Targets != 1 {
		return matching(m.ClassName(), s)
	}
	return nil
}

// New implements [Metric].
func (m Accuracy) New(s Shape) Measurement {
	switch {
	case s.Outputs == 1:
		return BinaryAccuracy{Threshold: m.Threshold}.New(s)
	case s.Targets == 1:
		return SparseCategoricalAccuracy{}.New(s)
	}
	return CategoricalAccuracy{}.New(s)
}

// BinaryAccuracy is the share of outputs that are on the right side: above
// Threshold (exactly there counts as no) where the target is 1, else where it is
// 0.
type BinaryAccuracy struct {
	// Threshold, above 0, to 1; default 0.5.
	Threshold float64
	// Name in logs and history; default "binary_accuracy".
	Name string
}

// ClassName implements [Metric].
func (BinaryAccuracy) ClassName() string { return "BinaryAccuracy" }

// Label implements [Metric].
func (m BinaryAccuracy) Label() string { return or(m.Name, "binary_accuracy") }

// Direction implements [Metric].
func (BinaryAccuracy) Direction() Direction { return Up }

// Check implements [Metric].
func (m BinaryAccuracy) Check(s Shape) error { return matching(m.ClassName(), s) }

// New implements [Metric].
func (m BinaryAccuracy) New(Shape) Measurement {
	threshold := float32(0.5)
	if m.Threshold != 0 {
		threshold = float32(m.Threshold)
	}
	return &mean{value: func(pred, target []float32) float64 {
		right := 0
		for i, p := range pred {
			if p > threshold && target[i] == 1 || !(p > threshold) && target[i] == 0 {
				right++
			}
		}
		return float64(right) / float64(len(pred))
	}}
}

// CategoricalAccuracy is the share of predictions whose greatest output is where
// the target's greatest value is.
type CategoricalAccuracy struct {
	// Name in logs and history; default "categorical_accuracy".
	Name string
}

// ClassName implements [Metric].
func (CategoricalAccuracy) ClassName() string { return "CategoricalAccuracy" }

// Label implements [Metric].
func (m CategoricalAccuracy) Label() string { return or(m.Name, "categorical_accuracy") }

// Direction implements [Metric].
func (CategoricalAccuracy) Direction() Direction { return Up }

// Check implements [Metric].
func (m CategoricalAccuracy) Check(s Shape) error { return matching(m.ClassName(), s) }

// New implements [Metric].
func (CategoricalAccuracy) New(Shape) Measurement {
	return &mean{value: func(pred, target []float32) float64 { return one(greatest(pred) == greatest(target)) }}
}

// SparseCategoricalAccuracy is the share of predictions whose greatest output is
// that of the class whose number is the target.
type SparseCategoricalAccuracy struct {
	// Name in logs and history; default "sparse_categorical_accuracy".
	Name string
}

// ClassName implements [Metric].
func (SparseCategoricalAccuracy) ClassName() string { return "SparseCategoricalAccuracy" }

// Label implements [Metric].
func (m SparseCategoricalAccuracy) Label() string { return or(m.Name, "sparse_categorical_accuracy") }

// Direction implements [Metric].
func (SparseCategoricalAccuracy) Direction() Direction { return Up }

// Check implements [Metric].
func (m SparseCategoricalAccuracy) Check(s Shape) error { return sparse(m.ClassName(), s) }

// New implements [Metric].
func (SparseCategoricalAccuracy) New(Shape) Measurement {
	return &mean{value: func(pred, target []float32) float64 { return one(greatest(pred) == int(target[0])) }}
}

// TopKCategoricalAccuracy is the share of predictions in which fewer than K
// outputs are above that of the target's greatest value.
type TopKCategoricalAccuracy struct {
	// K; default 5.
	K int
	// Name in logs and history; default "top_k_categorical_accuracy".
	Name string
}

// ClassName implements [Metric].
func (TopKCategoricalAccuracy) ClassName() string { return "TopKCategoricalAccuracy" }

// Label implements [Metric].
func (m TopKCategoricalAccuracy) Label() string { return or(m.Name, "top_k_categorical_accuracy") }

// Direction implements [Metric].
func (TopKCategoricalAccuracy) Direction() Direction { return Up }

// Check implements [Metric].
func (m TopKCategoricalAccuracy) Check(s Shape) error {
	if err := checkK(m.ClassName(), m.K); err != nil {
		return err
	}
	return matching(m.ClassName(), s)
}

// New implements [Metric].
func (m TopKCategoricalAccuracy) New(Shape) Measurement {
	k := m.K
	return &mean{value: func(pred, target []float32) float64 { return one(inTop(k, pred, greatest(target))) }}
}

// SparseTopKCategoricalAccuracy is the share of predictions in which fewer than K
// outputs are above that of the class whose number is the target.
type SparseTopKCategoricalAccuracy struct {
	// K; default 5.
	K int
	// Name in logs and history; default "sparse_top_k_categorical_accuracy".
	Name string
}

// ClassName implements [Metric].
func (SparseTopKCategoricalAccuracy) ClassName() string { return "SparseTopKCategoricalAccuracy" }

// Label implements [Metric].
func (m SparseTopKCategoricalAccuracy) Label() string {
	return or(m.Name, "sparse_top_k_categorical_accuracy")
}

// Direction implements [Metric].
func (SparseTopKCategoricalAccuracy) Direction() Direction { return Up }

// Check implements [Metric].
func (m SparseTopKCategoricalAccuracy) Check(s Shape) error {
	if err := checkK(m.ClassName(), m.K); err != nil {
		return err
	}
	return sparse(m.ClassName(), s)
}

// New implements [Metric].
func (m SparseTopKCategoricalAccuracy) New(Shape) Measurement {
	k := m.K
	return &mean{value: func(pred, target []float32) float64 { return one(inTop(k, pred, int(target[0]))) }}
}

func checkK(class string, k int) error {
	if k < 0 {
		return fmt.Errorf("%s: K: expected 1 or more, got %d", class, k)
	}
	return nil
}

// inTop reports whether fewer than k outputs are above that of a class; k 0
// stands for 5.
func inTop(k int, pred []float32, class int) bool {
	if k == 0 {
		k = 5
	}
	if class < 0 || class >= len(pred) {
		return false
	}
	above := 0
	for _, p := range pred {
		if p > pred[class] {
			above++
		}
	}
	return above < k
}

// greatest is the index of the first greatest value.
func greatest(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
