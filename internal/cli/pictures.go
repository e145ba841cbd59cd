package cli

import (
	"fmt"

	"golang.org/x/sync/errgroup"

	"recurve/plot"
)

// draw draws a run's pictures.
func (t *training) draw() error {
	loss := plot.History{Title: t.title(), Best: t.history.BestEpoch}
	accuracy := loss
	for _, e := range t.history.Epochs {
		loss.Train, loss.Val = append(loss.Train, float64(e.Loss)), append(loss.Val, float64(e.ValLoss))
		accuracy.Train, accuracy.Val = append(accuracy.Train, float64(e.Accuracy)), append(accuracy.Val, float64(e.ValAccuracy))
	}
	var g errgroup.Group
	g.Go(func() error { return plot.Loss(t.path(lossPicture), loss) })
	g.Go(func() error { return plot.Accuracy(t.path(sharePicture), accuracy) })
	g.Go(func() error {
		return plot.Lengths(t.path(lengthsFile), plot.LengthCounts{
			Title: t.record.Data + ": lengths of the training reviews", Lengths: t.lengths, MaxLen: t.train.Steps,
		})
	})
	return g.Wait()
}

func (t *training) title() string {
	return fmt.Sprintf("%s on %s: %s parameters", t.record.Model, t.record.Data, thousands(t.history.Params))
}
