package callback

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"recurve"
	"recurve/optimizer"
)

// learningRate is the key of the learning rate in the logs.
const learningRate = "learning_rate"

// ReduceLROnPlateau lowers the learning rate when a value has stopped
// improving.
//
// After each epoch the learning rate that it was trained with goes into the
// logs as "learning_rate". A value that is better than the best so far by more
// than MinDelta becomes the best, and waiting begins anew; when Patience epochs
// have not improved, the learning rate becomes
//
//	max(rate * Factor, MinLR)
//
// and Cooldown epochs pass before waiting begins again. State is reset at the
// beginning of a fit; a fit that goes on from a History begins where its epochs
// lead. An optimizer whose learning rate a schedule gives is an error.
type ReduceLROnPlateau struct {
	recurve.NopCallback

	// Monitor is the value to watch; default "val_loss".
	Monitor string
	// Factor is below 1; default 0.1.
	Factor float64
	// Patience is the number of epochs without improvement to wait; default 10.
	// (Keras' 0 does what 1 does.)
	Patience int
	// Mode is the direction of improvement; default by the value's kind.
	Mode Mode
	// MinDelta is the least change that counts; default 0.0001. Where any
	// change shall count, set math.SmallestNonzeroFloat64.
	MinDelta float64
	// Cooldown is the number of epochs after a reduction that are not waited
	// for.
	Cooldown int
	// MinLR is the least learning rate; default 0.
	MinLR float64
	// Log, where not nil, receives Keras' messages.
	Log io.Writer

	monitor        *monitor
	wait, cooldown int
}

// OnTrainBegin implements [recurve.Callback].
func (c *ReduceLROnPlateau) OnTrainBegin(t *recurve.Training) error {
	c.monitor, c.wait, c.cooldown = nil, 0, 0
	switch {
	case !(c.Factor >= 0 && c.Factor < 1):
		return fmt.Errorf("ReduceLROnPlateau: Factor: expected 0 or more and below 1, got %v", c.Factor)
	case c.Patience < 0:
		return fmt.Errorf("ReduceLROnPlateau: Patience: expected 0 or more, got %d", c.Patience)
	case c.Cooldown < 0:
		return fmt.Errorf("ReduceLROnPlateau: Cooldown: expected 0 or more, got %d", c.Cooldown)
	case !(c.MinLR >= 0) || math.IsInf(c.MinLR, 0):
		return fmt.Errorf("ReduceLROnPlateau: MinLR: expected 0 or more, got %v", c.MinLR)
	}
	if _, err := settable(t, "ReduceLROnPlateau"); err != nil {
		return err
	}
	delta := c.MinDelta
	if delta == 0 {
		delta = 1e-4
	}
	var err error
	if c.monitor, err = newMonitor(t, "ReduceLROnPlateau", or(c.Monitor, "val_loss"), c.Mode, delta); err != nil {
		return err
	}
	for _, e := range t.History.Epochs {
		rate, ok := e.Logs[learningRate]
		if !ok {
			rate = math.Inf(1)
		}
		if v, ok := e.Logs[c.monitor.name]; ok {
			c.judge(v, rate)
		}
	}
	return nil
}

// OnEpochEnd implements [recurve.Callback].
func (c *ReduceLROnPlateau) OnEpochEnd(t *recurve.Training, epoch int, logs recurve.Logs) error {
	s, err := settable(t, "ReduceLROnPlateau")
	if err != nil {
		return err
	}
	rate := float64(s.Rate())
	logs[learningRate] = rate
	v, ok := logs[c.monitor.name]
	if !ok {
		if c.Log != nil {
			fmt.Fprintf(c.Log, "Learning rate reduction is conditioned on metric `%s` which is not available. Available metrics are: %s.\n",
				c.monitor.name, strings.Join(available(logs), ","))
		}
		return nil
	}
	if !c.judge(v, rate) {
		return nil
	}
	factor := c.Factor
	if factor == 0 {
		factor = 0.1
	}
	rate = max(rate*factor, c.MinLR)
	if err := s.SetRate(rate); err != nil {
		return fmt.Errorf("ReduceLROnPlateau: %w", err)
	}
	if c.Log != nil {
		fmt.Fprintf(c.Log, "\nEpoch %d: ReduceLROnPlateau reducing learning rate to %s.\n", epoch+1, pythonFloat(rate))
	}
	return nil
}

// judge takes in an epoch's value and reports whether the learning rate, that
// of the epoch, is to be reduced.
func (c *ReduceLROnPlateau) judge(v, rate float64) bool {
	if c.cooldown > 0 {
		c.cooldown--
		c.wait = 0
	}
	if c.monitor.improves(v) {
		c.monitor.set(v)
		c.wait = 0
		return false
	}
	if c.cooldown > 0 {
		return false
	}
	c.wait++
	patience := c.Patience
	if patience == 0 {
		patience = 10
	}
	if c.wait < patience || float32(rate) <= float32(c.MinLR) {
		return false
	}
	c.cooldown, c.wait = c.Cooldown, 0
	return true
}

// available are the names in the logs, in Keras' order.
func available(logs recurve.Logs) []string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(logs)), func(k string) bool { return k == learningRate })
	if _, ok := logs[learningRate]; ok {
		names = append(names, learningRate)
	}
	return names
}

// settable is the fit's optimizer, whose learning rate can be set.
func settable(t *recurve.Training, callback string) (*optimizer.State, error) {
	s := t.Model.Optimizer()
	if s == nil {
		return nil, fmt.Errorf("%s: the model has no optimizer", callback)
	}
	if s.Scheduled() {
		return nil, fmt.Errorf("%s: %w", callback, s.SetRate(0))
	}
	return s, nil
}
