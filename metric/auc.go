package metric

import (
	"fmt"
	"math"

	"recurve/internal/elementary"
)

// Curve is what an area is taken under.
type Curve uint8

// The curves.
const (
	ROC    Curve = iota // the share of found yes over that of false yes
	PR                  // precision over recall
	PRGain              // the same, each above what always saying yes gives
)

// Summation is how an area is made of the curve's points.
type Summation uint8

// The summations.
const (
	Interpolation Summation = iota // trapezoids; for PR by Davis and Goadrich, who interpolate the counts
	Minoring                       // the lower of two points
	Majoring                       // the higher of two points
)

// AUC is the area under a curve of the answers' quality at each of many
// thresholds, in Keras' approximation: it sorts outputs between thresholds that
// are the same distance apart, i/(NumThresholds-1), the first a little below 0 and
// the last a little above 1.
type AUC struct {
	// NumThresholds, 2 or more; default 200.
	NumThresholds int
	// Curve; default ROC.
	Curve Curve
	// Summation; default Interpolation.
	Summation Summation
	// MultiLabel takes the mean of the outputs' own areas; default the area of all
	// outputs taken together.
	MultiLabel bool
	// FromLogits takes the sigmoid of outputs first.
	FromLogits bool
	// Name in logs and history; default "auc".
	Name string
}

// ClassName implements [Metric].
func (AUC) ClassName() string { return "AUC" }

// Label implements [Metric].
func (m AUC) Label() string { return or(m.Name, "auc") }

// Direction implements [Metric].
func (AUC) Direction() Direction { return Up }

// Check implements [Metric].
func (m AUC) Check(s Shape) error {
	switch {
	case m.NumThresholds < 0 || m.NumThresholds == 1:
		return fmt.Errorf("AUC: NumThresholds: expected 2 or more, got %d", m.NumThresholds)
	case m.Curve > PRGain:
		return fmt.Errorf("AUC: Curve: %d is not known", m.Curve)
	case m.Summation > Majoring:
		return fmt.Errorf("AUC: Summation: %d is not known", m.Summation)
	case m.MultiLabel && s.Sequence:
		return fmt.Errorf("AUC: MultiLabel expects one prediction a sample, got sequences of them")
	}
	return matching(m.ClassName(), s)
}

// New implements [Metric].
func (m AUC) New(s Shape) Measurement {
	n, labels := m.NumThresholds, 1
	if n == 0 {
		n = 200
	}
	if m.MultiLabel {
		labels = s.Outputs
	}
	a := &auc{AUC: m, n: n}
	for range labels {
		a.labels = append(a.labels, buckets{yes: make([]float64, n), no: make([]float64, n)})
	}
	return a
}

type auc struct {
	AUC
	n      int
	labels []buckets
}

// buckets are the weights of true yes and no between two thresholds each.
type buckets struct{ yes, no []float64 }

// Update implements [Measurement].
func (a *auc) Update(b *Batch) {
	for i := range b.Rows() {
		pred, target, weight := b.row(i)
		for j, p := range pred {
			if a.FromLogits {
				p = float32(1 / (1 + elementary.Exp(-float64(p))))
			}
			k := 0
			if p > 0 { // in float32, as in Keras
				k = max(int(math.Ceil(float64(min(p, 1)*float32(a.n-1))))-1, 0)
			}
			l := a.labels[j%len(a.labels)]
			if target[j] != 0 {
				l.yes[k] += weight
			} else {
				l.no[k] += weight
			}
		}
	}
}

// Result implements [Measurement].
func (a *auc) Result() float64 {
	var sum float64
	for _, l := range a.labels {
		sum += a.area(l)
	}
	return round(sum / float64(len(a.labels)))
}

// Reset implements [Measurement].
func (a *auc) Reset() {
	for _, l := range a.labels {
		clear(l.yes)
		clear(l.no)
	}
}

// area goes down the thresholds: at each, tp and fp are the true and the false
// among the outputs above it.
func (a *auc) area(l buckets) float64 {
	var yes, no float64
	for i := range l.yes {
		yes += l.yes[i]
		no += l.no[i]
	}
	var sum float64
	hi := counts{tp: l.yes[a.n-1], fp: l.no[a.n-1], yes: yes, no: no}
	for i := a.n - 2; i >= 0; i-- {
		lo := hi
		lo.tp += l.yes[i]
		lo.fp += l.no[i]
		sum += a.between(lo, hi)
		hi = lo
	}
	return sum
}

// counts are what lies above a threshold, and of all.
type counts struct{ tp, fp, yes, no float64 }

// between is the area between two thresholds.
func (a *auc) between(lo, hi counts) float64 {
	if a.Curve == PR && a.Summation == Interpolation {
		return interpolated(lo, hi)
	}
	x0, y0 := a.point(lo)
	x1, y1 := a.point(hi)
	var height float64
	switch a.Summation {
	case Interpolation:
		height = (y0 + y1) / 2
	case Minoring:
		height = min(y0, y1)
	case Majoring:
		height = max(y0, y1)
	}
	return float64((x0 - x1) * height)
}

// point is the point of the curve at a threshold.
func (a *auc) point(c counts) (x, y float64) {
	recall := quotient(c.tp, c.yes)
	switch a.Curve {
	case ROC:
		return quotient(c.fp, c.no), recall
	case PR:
		return recall, quotient(c.tp, c.tp+c.fp)
	}
	if c.tp == 0 {
		return 0, 1
	}
	odds := quotient(c.yes, c.no)
	return max(1-float64(odds*(c.yes-c.tp)/c.tp), 0), 1 - float64(odds*c.fp/c.tp)
}

// interpolated is the area of precision over recall between two thresholds, the
// counts between them lying on a straight line (Davis and Goadrich, "The
// relationship between precision-recall and ROC curves", 2006).
func interpolated(lo, hi counts) float64 {
	dtp, p0, p1 := lo.tp-hi.tp, lo.tp+lo.fp, hi.tp+hi.fp
	slope := quotient(dtp, max(p0-p1, 0))
	intercept := hi.tp - float64(slope*p1)
	ratio := 1.0
	if p0 > 0 && p1 > 0 {
		ratio = p0 / p1
	}
	return quotient(slope*(dtp+float64(intercept*elementary.Log(ratio))), max(hi.yes, 0))
}
