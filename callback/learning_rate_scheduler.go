package callback

import (
	"errors"
	"fmt"
	"io"

	"recurve"
)

// LearningRateScheduler sets the learning rate at the beginning of each epoch,
// and puts it into the logs as "learning_rate" at its end. An optimizer whose
// learning rate a schedule gives is an error.
type LearningRateScheduler struct {
	recurve.NopCallback

	// Schedule returns the learning rate of an epoch, counted from 0, 0 or
	// more; rate is that of the epoch before. Needed.
	Schedule func(epoch int, rate float64) float64
	// Log, where not nil, receives Keras' message.
	Log io.Writer
}

// OnTrainBegin implements [recurve.Callback].
func (c *LearningRateScheduler) OnTrainBegin(t *recurve.Training) error {
	if c.Schedule == nil {
		return errors.New("LearningRateScheduler: no Schedule given; set a func(epoch int, rate float64) float64")
	}
	_, err := settable(t, "LearningRateScheduler")
	return err
}

// OnEpochBegin implements [recurve.Callback].
func (c *LearningRateScheduler) OnEpochBegin(t *recurve.Training, epoch int) error {
	s, err := settable(t, "LearningRateScheduler")
	if err != nil {
		return err
	}
	rate := c.Schedule(epoch, float64(s.Rate()))
	if err := s.SetRate(rate); err != nil {
		return fmt.Errorf("LearningRateScheduler: Schedule of epoch %d: %w", epoch, err)
	}
	if c.Log != nil {
		fmt.Fprintf(c.Log, "\nEpoch %d: LearningRateScheduler setting learning rate to %s.\n", epoch+1, pythonFloat(rate))
	}
	return nil
}

// OnEpochEnd implements [recurve.Callback].
func (c *LearningRateScheduler) OnEpochEnd(t *recurve.Training, _ int, logs recurve.Logs) error {
	s, err := settable(t, "LearningRateScheduler")
	if err != nil {
		return err
	}
	logs[learningRate] = float64(s.Rate())
	return nil
}
