// Package callback owns what watches a fit: stop early, keep the best model,
// write logs, show progress. Semantics and messages are Keras'.
package callback

import (
	"fmt"
	"math"

	"recurve"
	"recurve/metric"
)

// Mode says which way the monitored value improves.
type Mode uint8

// The modes.
const (
	Auto Mode = iota // by the value's kind: the loss down, a metric its own way
	Min
	Max
)

// monitor compares a value of the logs with the best so far.
type monitor struct {
	name     string
	minDelta float64
	up       bool
	best     float64
	seen     bool // best holds a value
}

// newMonitor resolves the direction of the value called name. A value that is
// neither the loss nor a metric of the model needs a Mode.
func newMonitor(t *recurve.Training, callback, name string, mode Mode, minDelta float64) (*monitor, error) {
	m := &monitor{name: name, minDelta: math.Abs(minDelta), up: mode == Max}
	if mode == Auto {
		d, ok := t.Direction(name)
		if !ok {
			return nil, fmt.Errorf("%s: cannot tell whether %q should go up or down; set Mode, or monitor one of %q", callback, name, known(t))
		}
		m.up = d == metric.Up
	}
	return m, nil
}

// known are the names that logs will have at an epoch's end.
func known(t *recurve.Training) []string {
	names := append([]string{"loss"}, t.Model.MetricNames()...)
	if t.Validation {
		for _, n := range names[:len(names):len(names)] {
			names = append(names, "val_"+n)
		}
	}
	return names
}

// improves reports whether v is better than the best so far by more than
// minDelta. The first value is.
func (m *monitor) improves(v float64) bool { return !m.seen || m.better(v, m.best) }

// better compares in float32, as Keras does.
func (m *monitor) better(v, than float64) bool {
	if m.up {
		return float32(v-m.minDelta) > float32(than)
	}
	return float32(v+m.minDelta) < float32(than)
}

func (m *monitor) set(v float64) { m.best, m.seen = v, true }

// or is name, or def where it is empty.
func or(name, def string) string {
	if name == "" {
		return def
	}
	return name
}
