package plot

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// LengthCounts is how long the samples of a data set are.
type LengthCounts struct {
	// Title stands above the picture; may be empty.
	Title string
	// Lengths are the samples' lengths in tokens, at least one; in any order.
	Lengths []int
	// MaxLen is the length that samples are cut or padded to, marked in the
	// picture; 0 marks none.
	MaxLen int
	// Samples is what the samples are called; "reviews" where empty.
	Samples string
}

// Lengths draws a histogram of the samples' lengths, with their mean, their
// median and the cut marked, to path, a .png or .svg file. The last hundredth
// is left out where it would squeeze the rest, and a note says so.
func Lengths(path string, l LengthCounts) error {
	pg, err := l.page()
	if err != nil {
		return fmt.Errorf("plot: %s: lengths: %w", path, err)
	}
	return save(path, pg)
}

// page lays out the histogram.
func (l LengthCounts) page() (page, error) {
	if len(l.Lengths) == 0 {
		return page{}, fmt.Errorf("no lengths: want one for each sample")
	}
	if l.MaxLen < 0 {
		return page{}, fmt.Errorf("cut at %d tokens: want 1 or more, or 0 to mark none", l.MaxLen)
	}
	if l.Samples == "" {
		l.Samples = "reviews"
	}
	sorted := slices.Sorted(slices.Values(l.Lengths))
	if sorted[0] < 0 {
		return page{}, fmt.Errorf("length %d at place %d: want 0 tokens or more", sorted[0], slices.Index(l.Lengths, sorted[0]))
	}
	bins := newBins(sorted, l.MaxLen)
	tallest := slices.Max(bins.counts)
	x := axis{label: "length in tokens", min: float64(bins.from) - 0.5, max: float64(bins.to()) - 0.5}
	x.ticks = linearTicks(x.min, x.max, max(1, niceStep((x.max-x.min)/12)))
	y := axis{label: "number of " + l.Samples, max: 1.06 * float64(tallest)}
	y.ticks = linearTicks(0, y.max, max(1, niceStep(y.max/7)))

	p := newPlot(x, y)
	// The bars' rims would hide the axis: draw it once more.
	p.Add(bins.plotter(), &plotter.Line{XYs: plotter.XYs{{X: x.min}, {X: x.max}}, LineStyle: axisLine()})
	pg := page{title: l.Title, plot: p, note: bins.note(sorted, l.Samples)}
	for i, s := range lengthStats(sorted, l.MaxLen) {
		line := draw.LineStyle{Color: seriesColor(i + 1), Width: vg.Points(1.8), Dashes: s.dashes}
		pg.keys = append(pg.keys, key{label: s.label, line: line})
		if s.at <= x.max {
			p.Add(rule{x: s.at, top: math.Inf(1), style: line})
		}
	}
	return pg, nil
}

// lengthStat is a length worth marking.
type lengthStat struct {
	at     float64
	label  string
	dashes []vg.Length
}

// lengthStats are the mean, the median and the cut, where there is one.
func lengthStats(sorted []int, maxLen int) []lengthStat {
	values := make([]float64, len(sorted))
	for i, n := range sorted {
		values[i] = float64(n)
	}
	mean := stat.Mean(values, nil)
	n := len(values)
	median := (values[(n-1)/2] + values[n/2]) / 2
	stats := []lengthStat{
		{at: mean, label: "mean " + printer().Sprintf("%.1f", mean)},
		{at: median, label: "median " + strings.TrimSuffix(printer().Sprintf("%.1f", median), ".0"), dashes: []vg.Length{7, 3}},
	}
	if maxLen > 0 {
		label := fmt.Sprintf("cut at %s tokens (%s longer)", thousands(maxLen), share(longer(sorted, maxLen), n))
		stats = append(stats, lengthStat{at: float64(maxLen), label: label, dashes: []vg.Length{2, 2}})
	}
	return stats
}

// share writes part of whole in per cent, in words where that would round to
// nothing.
func share(part, whole int) string {
	switch percent := 100 * float64(part) / float64(whole); {
	case part == 0:
		return "none is"
	case percent < 0.1:
		return "under 0.1% are"
	default:
		return fmt.Sprintf("%.1f%% are", percent)
	}
}

// longer counts the lengths above limit.
func longer(sorted []int, limit int) int {
	i, _ := slices.BinarySearch(sorted, limit+1)
	return len(sorted) - i
}

// bins are counts of lengths: counts[i] from from+i*width up to, not including,
// from+(i+1)*width.
type bins struct {
	from, width int
	counts      []int
}

func (b bins) to() int { return b.from + len(b.counts)*b.width }

// leastBins is how many bins a picture has at least.
const leastBins = 20

// newBins counts the sorted lengths in about fifty bins of a round width. It
// leaves out the longest hundredth where the rest is less than two thirds as
// long.
func newBins(sorted []int, maxLen int) bins {
	n := len(sorted)
	first, last := sorted[0], sorted[n-1]
	if p99 := sorted[(99*n+99)/100-1]; last > p99+p99/2 {
		last = p99
	}
	if maxLen <= 2*last { // show the cut, unless it is far away
		last = max(last, maxLen)
	}
	if first < last/2 {
		first = 0
	}
	// A few bars would fill the page: leave room beside them.
	if room := (leastBins - (last - first)) / 2; room > 0 {
		first, last = max(0, first-room), last+room
	}
	width := int(max(1, niceStep(float64(last-first+1)/60)))
	from := first / width * width
	b := bins{from: from, width: width, counts: make([]int, (last-from)/width+1)}
	for _, length := range sorted {
		if i := (length - from) / width; i < len(b.counts) {
			b.counts[i]++
		}
	}
	return b
}

// plotter is the histogram's bars. They reach half a token to the left, so that
// a length lies inside its bar, not on the rim.
func (b bins) plotter() *plotter.Histogram {
	h := &plotter.Histogram{
		Width:     float64(b.width),
		FillColor: barColor(),
		LineStyle: draw.LineStyle{Color: barEdgeColor(), Width: vg.Points(0.5)},
	}
	for i, count := range b.counts {
		lo := float64(b.from+i*b.width) - 0.5
		h.Bins = append(h.Bins, plotter.HistogramBin{Min: lo, Max: lo + h.Width, Weight: float64(count)})
	}
	return h
}

// note says how many samples there are, and what the picture leaves out.
func (b bins) note(sorted []int, samples string) string {
	note := fmt.Sprintf("Number of %s: %s.", samples, thousands(len(sorted)))
	if beyond := longer(sorted, b.to()-1); beyond > 0 {
		note += fmt.Sprintf(" Not shown: %s with %s tokens or more (longest: %s).",
			thousands(beyond), thousands(b.to()), thousands(sorted[len(sorted)-1]))
	}
	return note
}
