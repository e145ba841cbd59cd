package recurve

import (
	"context"
	"math"

	"recurve/metric"
)

// Logs are the numbers of a batch or an epoch by name: "loss", the metrics'
// labels, the same with "val_" in front for validation, and what callbacks add.
type Logs map[string]float64

// Callback watches a fit and may change its course. An error ends the fit and
// is returned by it. Embed [NopCallback] to write only some of the methods.
//
// Callbacks are called in the order in which they were given. All of them see
// the same Logs at an epoch's end, which they may add to.
type Callback interface {
	// OnTrainBegin is called before the first epoch.
	OnTrainBegin(t *Training) error
	// OnEpochBegin is called before the first batch of an epoch. Epochs count
	// from 0.
	OnEpochBegin(t *Training, epoch int) error
	// OnTrainBatchEnd is called after each batch with the epoch's running
	// means. The logs are reused: copy what you keep.
	OnTrainBatchEnd(t *Training, batch int, logs Logs) error
	// OnEpochEnd is called after an epoch and its validation.
	OnEpochEnd(t *Training, epoch int, logs Logs) error
	// OnTrainEnd is called once after the last epoch, also where the fit was
	// stopped, cancelled or failed.
	OnTrainEnd(t *Training) error
}

// Backup is a callback that keeps the state of a fit somewhere, for a later fit
// to take up. What it does stands outside of what all callbacks do, whatever
// its place among them.
type Backup interface {
	Callback
	// Restore is called before any OnTrainBegin. It may set the model's
	// weights, its optimizer's state, and the training's InitialEpoch,
	// InitialBatch and History.
	Restore(t *Training) error
	// Save is called after any OnTrainBatchEnd, but for an epoch's last, and
	// after any OnEpochEnd. Epoch and batch are those that would come next.
	Save(t *Training, epoch, batch int) error
	// Done is called after any OnTrainEnd, where nothing has failed and the fit
	// was not cancelled.
	Done(t *Training) error
}

// NopCallback does nothing.
type NopCallback struct{}

// OnTrainBegin implements [Callback].
func (NopCallback) OnTrainBegin(*Training) error { return nil }

// OnEpochBegin implements [Callback].
func (NopCallback) OnEpochBegin(*Training, int) error { return nil }

// OnTrainBatchEnd implements [Callback].
func (NopCallback) OnTrainBatchEnd(*Training, int, Logs) error { return nil }

// OnEpochEnd implements [Callback].
func (NopCallback) OnEpochEnd(*Training, int, Logs) error { return nil }

// OnTrainEnd implements [Callback].
func (NopCallback) OnTrainEnd(*Training) error { return nil }

// Training is a fit at work, as callbacks see it.
type Training struct {
	// Model is being fitted.
	Model *Model
	// History of the epochs so far; complete epochs only.
	History *History
	// Epochs is the number of the last epoch plus one.
	Epochs int
	// InitialEpoch is the first epoch.
	InitialEpoch int
	// InitialBatch is the first batch of that epoch; 0 unless a [Backup] takes
	// up a fit within an epoch, whose logs are then those of the batches left.
	InitialBatch int
	// StepsPerEpoch is the number of batches in an epoch.
	StepsPerEpoch int
	// BatchSize and Samples are the numbers of samples in a batch and an epoch.
	BatchSize, Samples int
	// Validation says that the logs have val_ values at an epoch's end.
	Validation bool
	// Callbacks are all those of the fit, in their order.
	Callbacks []Callback

	ctx  context.Context
	stop bool
}

// Stop ends the fit after the batch or epoch at work. The epoch's validation
// still runs.
func (t *Training) Stop() { t.stop = true }

// Stopped reports whether a callback called Stop.
func (t *Training) Stopped() bool { return t.stop }

// Cancelled reports whether the fit's context has ended.
func (t *Training) Cancelled() bool { return t.ctx.Err() != nil }

// Direction says which way a value in the logs improves: down for the loss,
// its metric's own way for a metric. ok is false for a name that neither has, and
// for a metric that has no better way.
func (t *Training) Direction(name string) (d metric.Direction, ok bool) {
	if len(name) > 4 && name[:4] == "val_" {
		name = name[4:]
	}
	if name == "loss" {
		return metric.Down, true
	}
	if t.Model.compiled == nil {
		return 0, false
	}
	for _, m := range t.Model.compiled.measures {
		if m.name == name {
			d = m.Direction()
			return d, d != metric.Neither
		}
	}
	return 0, false
}

// finite reports whether v is a number.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
