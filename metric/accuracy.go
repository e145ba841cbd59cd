package metric

// Accuracy is the share of right answers. Of one output, the answer is whether
// it is above Threshold (exactly there it counts as no) and the target is 0 or
// 1. Of several outputs, it is the greatest, and the target is one-hot.
type Accuracy struct {
	// Threshold of a single output; default 0.5.
	Threshold float64
	// Name in logs and history; default "accuracy".
	Name string
}

// ClassName implements [Metric].
func (Accuracy) ClassName() string { return "Accuracy" }

// Label implements [Metric].
func (m Accuracy) Label() string {
	if m.Name != "" {
		return m.Name
	}
	return "accuracy"
}

// Direction implements [Metric].
func (Accuracy) Direction() Direction { return Up }

// New implements [Metric].
func (m Accuracy) New() Measurement {
	threshold := float32(0.5)
	if m.Threshold != 0 {
		threshold = float32(m.Threshold)
	}
	return &accuracy{threshold: threshold}
}

type accuracy struct {
	threshold   float32
	right, seen int
}

func (a *accuracy) Update(pred, target []float32, outputs int) {
	for i := 0; i+outputs <= len(pred); i += outputs {
		p, y := pred[i:i+outputs], target[i:i+outputs]
		var right bool
		if outputs == 1 {
			right = (p[0] > a.threshold) == (y[0] > 0.5)
		} else {
			right = greatest(p) == greatest(y)
		}
		if right {
			a.right++
		}
		a.seen++
	}
}

func (a *accuracy) Result() float64 {
	if a.seen == 0 {
		return 0
	}
	return float64(float32(a.right) / float32(a.seen))
}

func (a *accuracy) Reset() { a.right, a.seen = 0, 0 }

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
