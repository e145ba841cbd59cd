package callback

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"recurve"
)

// EarlyStopping ends a fit when a value has stopped improving.
//
// After each epoch, a value that is better than the best so far by more than
// MinDelta becomes the best, and waiting begins anew; otherwise the fit ends
// when Patience epochs have not improved (never at the first epoch, so that a
// Patience of 0 does what 1 does). State is reset at the beginning of a fit; a
// fit that goes on from a History begins where its epochs lead.
type EarlyStopping struct {
	recurve.NopCallback

	// Monitor is the value to watch; default "val_loss".
	Monitor string
	// MinDelta is the least change that counts; default 0.
	MinDelta float64
	// Patience is the number of epochs without improvement to wait.
	Patience int
	// Mode is the direction of improvement; default by the value's kind.
	Mode Mode
	// Baseline, where not nil, is a value that must be beaten for waiting to
	// begin anew.
	Baseline *float64
	// RestoreBestWeights sets the model's weights to those of the best epoch
	// when the fit ends, whatever ended it.
	RestoreBestWeights bool
	// StartFromEpoch is the first epoch, counted from 0, that is watched.
	StartFromEpoch int
	// BestWeights are those of the best epoch of the History that a fit goes on
	// from; nil otherwise. They are needed for RestoreBestWeights.
	BestWeights [][]float32
	// Log, where not nil, receives Keras' messages.
	Log io.Writer

	// StoppedEpoch is the epoch, counted from 0, after which the fit was
	// stopped; -1 where it was not.
	StoppedEpoch int
	// BestEpoch is the best epoch, counted from 0; -1 before the first.
	BestEpoch int

	monitor   *monitor
	wait      int
	exhausted bool // the last epoch watched used up the patience
	weights   [][]float32
}

// OnTrainBegin implements [recurve.Callback].
func (c *EarlyStopping) OnTrainBegin(t *recurve.Training) error {
	c.StoppedEpoch, c.BestEpoch, c.wait, c.exhausted, c.weights, c.monitor = -1, -1, 0, false, nil, nil
	if c.Patience < 0 {
		return fmt.Errorf("EarlyStopping: Patience: expected 0 or more, got %d", c.Patience)
	}
	name := or(c.Monitor, "val_loss")
	var err error
	if c.monitor, err = newMonitor(t, "EarlyStopping", name, c.Mode, c.MinDelta); err != nil {
		return err
	}
	for _, e := range t.History.Epochs {
		if v, ok := e.Logs[name]; ok && e.Number >= c.StartFromEpoch {
			if c.weights == nil {
				c.weights = c.BestWeights
			}
			c.judge(e.Number, v)
		}
	}
	if c.RestoreBestWeights && c.BestEpoch >= 0 && c.weights == nil {
		return fmt.Errorf("EarlyStopping: the history's best epoch is %d, but BestWeights are not given", c.BestEpoch+1)
	}
	if c.exhausted {
		c.stop(t, t.InitialEpoch-1)
	}
	return nil
}

// OnEpochEnd implements [recurve.Callback].
func (c *EarlyStopping) OnEpochEnd(t *recurve.Training, epoch int, logs recurve.Logs) error {
	v, ok := logs[c.monitor.name]
	if !ok && c.Log != nil {
		fmt.Fprintf(c.Log, "Early stopping conditioned on metric `%s` which is not available. Available metrics are: %s\n",
			c.monitor.name, strings.Join(slices.Sorted(maps.Keys(logs)), ","))
	}
	if !ok || epoch < c.StartFromEpoch {
		return nil
	}
	if c.RestoreBestWeights && c.weights == nil {
		c.weights = t.Model.Weights()
		c.BestEpoch = epoch
	}
	if c.judge(epoch, v) && c.RestoreBestWeights {
		c.weights = t.Model.Weights()
	}
	if c.exhausted {
		c.stop(t, epoch)
	}
	return nil
}

// judge takes in an epoch's value and reports whether it is the best so far.
func (c *EarlyStopping) judge(epoch int, v float64) bool {
	c.wait++
	if !c.monitor.improves(v) {
		c.exhausted = c.wait >= c.Patience && epoch > 0
		return false
	}
	c.exhausted = false
	c.monitor.set(v)
	c.BestEpoch = epoch
	if c.Baseline == nil || c.monitor.better(v, *c.Baseline) {
		c.wait = 0
	}
	return true
}

func (c *EarlyStopping) stop(t *recurve.Training, epoch int) {
	c.StoppedEpoch = epoch
	t.Stop()
}

// OnTrainEnd implements [recurve.Callback].
func (c *EarlyStopping) OnTrainEnd(t *recurve.Training) error {
	if c.StoppedEpoch >= 0 && c.Log != nil {
		fmt.Fprintf(c.Log, "Epoch %d: early stopping\n", c.StoppedEpoch+1)
	}
	if !c.RestoreBestWeights || c.weights == nil {
		return nil
	}
	if c.Log != nil {
		fmt.Fprintf(c.Log, "Restoring model weights from the end of the best epoch: %d.\n", c.BestEpoch+1)
	}
	return t.Model.SetWeights(c.weights)
}
