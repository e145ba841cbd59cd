package callback

import (
	"fmt"
	"io"
	"math"

	"recurve"
)

// TerminateOnNaN ends a fit when the loss is not a finite number.
type TerminateOnNaN struct {
	recurve.NopCallback

	// Log, where not nil, receives Keras' message.
	Log io.Writer
}

// OnTrainBatchEnd implements [recurve.Callback].
func (c *TerminateOnNaN) OnTrainBatchEnd(t *recurve.Training, batch int, logs recurve.Logs) error {
	if v := logs["loss"]; math.IsNaN(v) || math.IsInf(v, 0) {
		if c.Log != nil {
			fmt.Fprintf(c.Log, "Batch %d: Invalid loss, terminating training\n", batch)
		}
		t.Stop()
	}
	return nil
}
