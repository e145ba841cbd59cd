package recurve

import (
	"maps"
	"slices"
	"time"

	"recurve/metric"
)

// History is what a fit measured, epoch by epoch.
type History struct {
	Epochs []Epoch
}

// Epoch is one row of a History.
type Epoch struct {
	// Number counts from 0.
	Number int
	// Logs are the epoch's values. Loss and metrics are means over the
	// epoch's samples, each taken before its batch moved the weights.
	Logs Logs
	// Duration is the epoch's wall time, validation included.
	Duration time.Duration
}

// Names are the names of all values, in alphabetical order as in Keras.
func (h *History) Names() []string {
	all := Logs{}
	for _, e := range h.Epochs {
		maps.Copy(all, e.Logs)
	}
	return slices.Sorted(maps.Keys(all))
}

// Values are the values of one name, one an epoch; epochs without it are left
// out.
func (h *History) Values(name string) []float64 {
	var out []float64
	for _, e := range h.Epochs {
		if v, ok := e.Logs[name]; ok {
			out = append(out, v)
		}
	}
	return out
}

// Best is the epoch with the best value of a name, the first of equals; ok is
// false where no epoch has a number for it.
func (h *History) Best(name string, d metric.Direction) (best Epoch, ok bool) {
	for _, e := range h.Epochs {
		v, has := e.Logs[name]
		if !has || !finite(v) {
			continue
		}
		if b := best.Logs[name]; !ok || d == metric.Down && v < b || d == metric.Up && v > b {
			best, ok = e, true
		}
	}
	return best, ok
}

// clone is a history that can grow without touching h, which may be nil.
func (h *History) clone() *History {
	if h == nil {
		return &History{}
	}
	return &History{Epochs: slices.Clone(h.Epochs)}
}
