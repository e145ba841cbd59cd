package plot

import (
	"fmt"

	gplot "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func epochLabel(epoch int, v float64) string {
	return fmt.Sprintf("epoch %s, %s", thousands(epoch), valueLabel(v))
}

// count is 1, 2, ..., n.
func count(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i + 1
	}
	return s
}

// curve is one line of values over epochs.
type curve struct {
	name   string
	epochs []int
	values []float64
}

// label is the curve's text in the legend. It counts what can't be drawn.
func (s curve) label() string {
	lost := 0
	for _, v := range s.values {
		if !finite(v) {
			lost++
		}
	}
	if lost == 0 {
		return s.name
	}
	return fmt.Sprintf("%s (%s of %s not finite)", s.name, thousands(lost), thousands(len(s.values)))
}

// plotters are the curve in the i-th colour on the axis y: a line for each stretch of finite
// values, and a dot for each value if wanted, else for those that stand alone.
func (s curve) plotters(i int, y axis, dotted bool) []gplot.Plotter {
	dots := plotter.Scatter{GlyphStyle: draw.GlyphStyle{
		Color: seriesColor(i), Radius: vg.Points(2.2), Shape: draw.CircleGlyph{},
	}}
	var out []gplot.Plotter
	var stretch plotter.XYs
	flush := func() {
		if len(stretch) > 1 {
			out = append(out, &plotter.Line{XYs: stretch, LineStyle: seriesLine(seriesColor(i))})
		}
		if len(stretch) == 1 || dotted {
			dots.XYs = append(dots.XYs, stretch...)
		}
		stretch = nil
	}
	for j, v := range s.values {
		if !finite(v) {
			flush()
			continue
		}
		stretch = append(stretch, plotter.XY{X: float64(s.epochs[j]), Y: y.at(v)})
	}
	flush()
	if len(dots.XYs) > 0 {
		out = append(out, &dots)
	}
	return out
}
