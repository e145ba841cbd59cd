package plot

import (
	"fmt"

	gplot "gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Comparison is the validation loss of several runs, for one picture.
type Comparison struct {
	// Title stands above the picture; may be empty.
	Title string
	// Runs are the runs to compare, 1 to 7: more colours can't be told apart.
	Runs []Run
}

// Run is one run of a Comparison.
type Run struct {
	// Name stands in the legend, such as "lstm".
	Name string
	// Loss is the validation loss of the epochs 1, 2, 3, ..., at least one. Runs
	// need not be equally long.
	Loss []float64
	// Best is the number of the epoch to mark; 0 marks none.
	Best int
}

// Compare draws the validation losses of several runs to path, a .png or .svg
// file.
func Compare(path string, c Comparison) error {
	pg, err := c.page()
	if err != nil {
		return fmt.Errorf("plot: %s: %w", path, err)
	}
	return save(path, pg)
}

// page lays out the curves of several runs.
func (c Comparison) page() (page, error) {
	if n := len(c.Runs); n < 1 || n > maxRuns {
		return page{}, fmt.Errorf("%d runs to compare: want 1 to %d", n, maxRuns)
	}
	losses := make([][]float64, len(c.Runs))
	longest := 0
	for i, r := range c.Runs {
		if len(r.Loss) == 0 {
			return page{}, fmt.Errorf("run %q (number %d) has no losses: want one for each epoch", r.Name, i+1)
		}
		if r.Best < 0 || r.Best > len(r.Loss) {
			return page{}, fmt.Errorf("run %q (number %d): best epoch %d: want one of the epochs 1 to %d, or 0 to mark none",
				r.Name, i+1, r.Best, len(r.Loss))
		}
		losses[i], longest = r.Loss, max(longest, len(r.Loss))
	}
	y := valueAxis("validation loss", false, losses...)
	p := newPlot(epochAxis(1, longest), y)
	pg := page{title: c.Title, plot: p}
	var spots []gplot.Plotter // above every curve
	for i, r := range c.Runs {
		s := curve{name: r.Name, epochs: count(len(r.Loss)), values: r.Loss}
		k := key{label: s.label(), line: seriesLine(seriesColor(i))}
		if r.Best > 0 {
			v := r.Loss[r.Best-1]
			style := bestGlyph(i, i)
			k.glyph = &style
			k.label += ": best " + epochLabel(r.Best, v)
			if finite(v) {
				line := draw.LineStyle{Color: seriesColor(i), Width: vg.Points(0.8), Dashes: dashes()}
				p.Add(rule{x: float64(r.Best), top: y.at(v), style: line})
				spots = append(spots, spot{x: float64(r.Best), y: y.at(v), style: style})
			}
		}
		p.Add(s.plotters(i, y, false)...)
		pg.keys = append(pg.keys, k)
	}
	p.Add(spots...)
	return pg, nil
}
