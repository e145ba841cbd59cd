package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// History is what one training run reported, a value an epoch.
type History struct {
	// Title stands above the picture; may be empty.
	Title string
	// Epochs are the numbers of the epochs, ascending from 1 or more. Where nil,
	// they are 1, 2, 3, ...
	Epochs []int
	// Train are the values on the training samples, at least one. NaN and
	// infinite values leave a gap in the curve, and the legend counts them.
	Train []float64
	// Val are those on the validation samples; empty where there were none,
	// else as many as Train.
	Val []float64
	// Best is the number of the epoch to mark, such as the one whose weights were
	// kept; 0 marks none. The point lies on Val's curve where there is one.
	Best int
}

// Loss draws the loss of each epoch to path, a .png or .svg file.
func Loss(path string, h History) error { return saveHistory(path, "loss", false, h) }

// Accuracy draws the accuracy of each epoch, from 0 to 1, to path, a .png or
// .svg file.
func Accuracy(path string, h History) error { return saveHistory(path, "accuracy", true, h) }

func saveHistory(path, metric string, share bool, h History) error {
	pg, err := h.page(metric, share)
	if err != nil {
		return fmt.Errorf("plot: %s: %s: %w", path, metric, err)
	}
	return save(path, pg)
}

// maxDots is up to how many epochs each gets a dot on its curve.
const maxDots = 40

// page lays out the curves of one run.
func (h History) page(metric string, share bool) (page, error) {
	epochs, best, err := h.check()
	if err != nil {
		return page{}, err
	}
	y := valueAxis(metric, share, h.Train, h.Val)
	p := newPlot(epochAxis(epochs[0], epochs[len(epochs)-1]), y)
	pg := page{title: h.Title, plot: p}
	series := []curve{{name: "training", epochs: epochs, values: h.Train}}
	if len(h.Val) > 0 {
		series = append(series, curve{name: "validation", epochs: epochs, values: h.Val})
	}
	if best >= 0 {
		line := draw.LineStyle{Color: noteColor(), Width: vg.Points(1), Dashes: dashes()}
		p.Add(rule{x: float64(epochs[best]), top: math.Inf(1), style: line})
		v := series[len(series)-1].values[best]
		pg.mark = &mark{x: float64(epochs[best]), label: "best: " + epochLabel(epochs[best], v)}
	}
	for i, s := range series {
		p.Add(s.plotters(i, y, len(epochs) <= maxDots)...)
		pg.keys = append(pg.keys, key{label: s.label(), line: seriesLine(seriesColor(i))})
	}
	if last := len(series) - 1; best >= 0 && finite(series[last].values[best]) {
		p.Add(spot{x: float64(epochs[best]), y: y.at(series[last].values[best]), style: bestGlyph(last, 0)})
	}
	return pg, nil
}

// check returns the numbers of the epochs and the index of the best one, -1
// where none is to be marked.
func (h History) check() (epochs []int, best int, err error) {
	n := len(h.Train)
	switch {
	case n == 0:
		return nil, 0, fmt.Errorf("no training values: want one for each epoch")
	case len(h.Val) > 0 && len(h.Val) != n:
		return nil, 0, fmt.Errorf("%d training values but %d of validation: want as many, or none", n, len(h.Val))
	case h.Epochs != nil && len(h.Epochs) != n:
		return nil, 0, fmt.Errorf("%d training values but %d epoch numbers: want as many, or nil", n, len(h.Epochs))
	}
	epochs, best = h.Epochs, -1
	if epochs == nil {
		epochs = count(n)
	}
	for i, e := range epochs {
		if e < 1 || i > 0 && e <= epochs[i-1] {
			return nil, 0, fmt.Errorf("epoch number %d at place %d: want numbers ascending from 1 or more", e, i)
		}
		if e == h.Best {
			best = i
		}
	}
	if best < 0 && h.Best != 0 {
		return nil, 0, fmt.Errorf("best epoch %d: want one of the epochs %d to %d, or 0 to mark none",
			h.Best, epochs[0], epochs[n-1])
	}
	return epochs, best, nil
}
