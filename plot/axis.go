package plot

import (
	"math"
	"slices"
	"strconv"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	gplot "gonum.org/v1/plot"
)

// axis is one axis before it is drawn: its name, what it spans and where it is
// labelled.
type axis struct {
	label    string
	min, max float64
	ticks    []gplot.Tick
	log      bool // place values by their logarithm; min, max and ticks are placed already
}

// at is where a value lies on the axis. gonum's own logarithmic scale misplaces
// the axis' label.
func (a axis) at(v float64) float64 {
	if a.log {
		return math.Log10(v)
	}
	return v
}

// finite reports whether a value can be drawn: a float32, in which networks
// compute, would not hold a larger one either.
func finite(v float64) bool { return math.Abs(v) <= math.MaxFloat32 }

// epochAxis spans the epochs first to last with half an epoch, or a fiftieth of
// the span, to spare at each end.
func epochAxis(first, last int) axis {
	spare := max(0.5, float64(last-first)/50)
	if first < last && last-first < 10 {
		spare = 0.25
	}
	a := axis{label: "epoch", min: float64(first) - spare, max: float64(last) + spare}
	step := max(1, niceStep(float64(last-first)/12))
	a.ticks = linearTicks(float64(first), a.max, step)
	// 1, 5, 10, 15 reads better than 5, 10, 15.
	if step >= 5 && first%int(step) != 0 && int(step)-first%int(step) >= int(step)/2 {
		a.ticks = append([]gplot.Tick{{Value: float64(first), Label: thousands(first)}}, a.ticks...)
	}
	return a
}

// valueAxis spans the finite ones of the values, with some room above and
// below. A share, such as an accuracy, never leaves 0..1; what is not negative
// stays so. Where a few values dwarf the rest, as those of a run that diverges,
// the scale is logarithmic.
func valueAxis(label string, share bool, series ...[]float64) axis {
	var values []float64
	for _, s := range series {
		for _, v := range s {
			if finite(v) {
				values = append(values, v)
			}
		}
	}
	if len(values) == 0 {
		return axis{label: label, max: 1, ticks: linearTicks(0, 1, 0.2)}
	}
	slices.Sort(values)
	lo, hi := values[0], values[len(values)-1]
	if median := values[len(values)/2]; lo > 0 && hi > 100*median {
		return logAxis(label, lo, hi)
	}
	least := 0.01 * max(math.Abs(lo), math.Abs(hi)) // so that rounding noise is not blown up to the page's height
	if least < math.SmallestNonzeroFloat32 {
		least = 0.1
	}
	room := max(0.06*(hi-lo), (least-(hi-lo))/2)
	a := axis{label: label, min: lo - room, max: hi + room}
	if lo >= 0 {
		a.min = max(a.min, 0)
	}
	if share && hi <= 1 {
		a.max = min(a.max, 1+0.02*(hi-lo)) // the curve's upper rim shows
	}
	a.ticks = linearTicks(a.min, a.max, niceStep((a.max-a.min)/7))
	return a
}

// logAxis spans lo to hi, both positive, and labels powers of ten.
func logAxis(label string, lo, hi float64) axis {
	a := axis{label: label + " (log scale)", log: true, min: math.Log10(lo) - 0.1, max: math.Log10(hi) + 0.1}
	first, last := int(math.Ceil(a.min)), int(math.Floor(a.max))
	every := (last-first)/10 + 1
	for e := first - 1; e <= last; e++ {
		for m := 1; m < 10; m++ {
			t := gplot.Tick{Value: a.at(float64(m) * math.Pow10(e))}
			if m == 1 && (e-first)%every == 0 {
				t.Label = powerLabel(e)
			}
			// gonum makes room for ticks outside the axis too: leave them out.
			if t.Value >= a.min && t.Value <= a.max && (m == 1 || every == 1) {
				a.ticks = append(a.ticks, t)
			}
		}
	}
	return a
}

func powerLabel(exponent int) string {
	if exponent < -3 || exponent > 6 {
		return "1e" + strconv.Itoa(exponent)
	}
	if exponent < 0 {
		return strconv.FormatFloat(math.Pow10(exponent), 'f', -exponent, 64)
	}
	return thousands(int(math.Pow10(exponent)))
}

// niceStep is the least of 1, 2, 5, 10, 20, 50, ... (or a tenth, a hundredth,
// ... of these) that is not below raw.
func niceStep(raw float64) float64 {
	if raw <= 0 {
		return 0
	}
	decade := math.Pow10(int(math.Floor(math.Log10(raw))))
	for _, m := range []float64{1, 2, 5} {
		if m*decade >= raw*(1-1e-9) {
			return m * decade
		}
	}
	return 10 * decade
}

// linearTicks labels the multiples of step from lo to hi, all with the same
// number of decimals.
func linearTicks(lo, hi, step float64) []gplot.Tick {
	var ticks []gplot.Tick
	for i := math.Ceil(lo/step - 1e-9); i*step <= hi+1e-9*step; i++ {
		v := i*step + 0 // not -0
		ticks = append(ticks, gplot.Tick{Value: v, Label: tickLabel(v, step)})
	}
	return ticks
}

func tickLabel(v, step float64) string {
	if step < 1e-5 || math.Abs(v) >= 1e7 {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	decimals := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	if decimals == 0 {
		return thousands(int(math.Round(v)))
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

// printer writes numbers as English does.
func printer() *message.Printer { return message.NewPrinter(language.English) }

// thousands writes 20000 as 20,000.
func thousands(n int) string { return printer().Sprintf("%d", n) }

// valueLabel writes a loss or accuracy as it stands in Keras' reports: four
// decimals, or four digits where those would say nothing.
func valueLabel(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 1e-3 || a >= 1e5) {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}
