package plot_test

import (
	"math"
	"slices"
	"testing"

	"recurve/plot"
)

// bars reads the histogram's bars: from, to and height in the axes' units.
func bars(t *testing.T, pic picture) [][3]float64 {
	t.Helper()
	x, y := pic.axes(t)
	var out [][3]float64
	for _, p := range pic.styled("fill:#9CC9E6") {
		lo, hi, top := math.Inf(1), math.Inf(-1), math.Inf(-1)
		for _, q := range p.points {
			lo, hi, top = min(lo, x.at(q.x)), max(hi, x.at(q.x)), max(top, y.at(q.y))
		}
		if top > 1e-6 {
			out = append(out, [3]float64{lo, hi, top})
		}
	}
	return out
}

func TestLengths(t *testing.T) {
	l := plot.LengthCounts{Title: "mini", Lengths: []int{10, 1, 2, 3, 3, 4, 3, 11}, MaxLen: 6}
	pic := drawSVG(t, func(path string) error { return plot.Lengths(path, l) })
	for _, s := range []string{
		"mini", "length in tokens", "number of reviews",
		"mean 4.6", "median 3", "cut at 6 tokens (25.0% are longer)", "Number of reviews: 8.",
	} {
		if !pic.has(s) {
			t.Errorf("%q is missing; the picture says %q", s, pic.strings())
		}
	}
	x, _ := pic.axes(t)
	for _, c := range []struct {
		what, color string
		want        float64
	}{{"mean", vermillion, 4.625}, {"median", green, 3}, {"cut", purple, 6}} {
		lines := pic.styled("stroke:" + c.color)
		upright := slices.IndexFunc(lines, func(p path) bool { return p.points[0].x == p.points[1].x })
		if upright < 0 {
			t.Fatalf("no line for the %s", c.what)
		}
		near(t, c.what, x.at(lines[upright].points[0].x), c.want, 0.02)
	}
	got := bars(t, pic)
	want := map[float64]float64{1: 1, 2: 1, 3: 3, 4: 1, 10: 1, 11: 1} // how many there are of each length
	for _, b := range got {
		middle := math.Round((b[0] + b[1]) / 2)
		near(t, "a bar's left side", b[0], middle-0.5, 0.02)
		near(t, "a bar's height", b[2], want[middle], 0.01)
	}
	if len(got) != len(want) {
		t.Errorf("%d bars, want %d", len(got), len(want))
	}
}

func TestLengthsLeaveTheTailOut(t *testing.T) {
	var lengths []int
	for range 10 {
		for n := range 200 {
			lengths = append(lengths, 1+n)
		}
	}
	lengths = append(lengths, 5000, 12345)
	l := plot.LengthCounts{Lengths: lengths, MaxLen: 100000, Samples: "texts"}
	pic := drawSVG(t, func(path string) error { return plot.Lengths(path, l) })
	for _, s := range []string{
		"number of texts", "cut at 100,000 tokens (none is longer)",
		"Number of texts: 2,002. Not shown: 12 with 200 tokens or more (longest: 12,345).",
	} {
		if !pic.has(s) {
			t.Errorf("%q is missing; the picture says %q", s, pic.strings())
		}
	}
	shown := 0.0
	for _, b := range bars(t, pic) {
		shown += b[2]
	}
	near(t, "the sum of the bars", shown, 2002-12, 1)
}

func TestLengthsOfOneKind(t *testing.T) {
	for _, lengths := range [][]int{{0}, {7}, {0, 0, 0}, slices.Repeat([]int{100}, 1000), {1, 1 << 40}} {
		pic := drawSVG(t, func(path string) error { return plot.Lengths(path, plot.LengthCounts{Lengths: lengths, MaxLen: 100}) })
		sum := 0.0
		for _, b := range bars(t, pic) {
			sum += b[2]
		}
		near(t, "the sum of the bars", sum, float64(len(lengths)), 0.01*float64(len(lengths)))
	}
}
