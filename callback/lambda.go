package callback

import "recurve"

// Lambda is a callback made of functions (Keras: LambdaCallback). Those that are
// nil do nothing. What Keras' on_train_batch_begin does for a batch can be done
// at the end of the one before, or at the beginning of the epoch.
type Lambda struct {
	// TrainBegin is called before the first epoch.
	TrainBegin func(t *recurve.Training) error
	// EpochBegin is called before the first batch of an epoch, counted from 0.
	EpochBegin func(t *recurve.Training, epoch int) error
	// TrainBatchEnd is called after each batch with the epoch's running means,
	// which are reused: copy what you keep.
	TrainBatchEnd func(t *recurve.Training, batch int, logs recurve.Logs) error
	// EpochEnd is called after an epoch and its validation. It may add to the
	// logs.
	EpochEnd func(t *recurve.Training, epoch int, logs recurve.Logs) error
	// TrainEnd is called once after the last epoch, also where the fit was
	// stopped, cancelled or failed.
	TrainEnd func(t *recurve.Training) error
}

// OnTrainBegin implements [recurve.Callback].
func (c *Lambda) OnTrainBegin(t *recurve.Training) error {
	if c.TrainBegin == nil {
		return nil
	}
	return c.TrainBegin(t)
}

// OnEpochBegin implements [recurve.Callback].
func (c *Lambda) OnEpochBegin(t *recurve.Training, epoch int) error {
	if c.EpochBegin == nil {
		return nil
	}
	return c.EpochBegin(t, epoch)
}

// OnTrainBatchEnd implements [recurve.Callback].
func (c *Lambda) OnTrainBatchEnd(t *recurve.Training, batch int, logs recurve.Logs) error {
	if c.TrainBatchEnd == nil {
		return nil
	}
	return c.TrainBatchEnd(t, batch, logs)
}

// OnEpochEnd implements [recurve.Callback].
func (c *Lambda) OnEpochEnd(t *recurve.Training, epoch int, logs recurve.Logs) error {
	if c.EpochEnd == nil {
		return nil
	}
	return c.EpochEnd(t, epoch, logs)
}

// OnTrainEnd implements [recurve.Callback].
func (c *Lambda) OnTrainEnd(t *recurve.Training) error {
	if c.TrainEnd == nil {
		return nil
	}
	return c.TrainEnd(t)
}
