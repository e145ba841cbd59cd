package callback

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"recurve"
	"recurve/layer"
	"recurve/tensor"
)

// TensorBoard writes what TensorBoard shows: start it with
// tensorboard --logdir=logs, during the fit or after it.
//
// After each epoch, counted from 0, its loss and metrics go into files in the
// folder LogDir/train as epoch_loss, epoch_accuracy and so on, with
// epoch_learning_rate; those of the validation into LogDir/validation under the
// same names, and by the number of training steps as
// evaluation_loss_vs_iterations and so on. A fit always makes new files; those of
// a fit that went before it in the same folder continue in the same curves.
//
// Of Keras' arguments there are none for the model's graph, images, embeddings
// and the profiler.
type TensorBoard struct {
	recurve.NopCallback

	// LogDir is the folder; default "logs".
	LogDir string
	// UpdateFreq is a number of batches after which batch_loss and so on are
	// written, by the number of batches from 1: 1 writes each batch. 0 writes
	// epochs alone.
	UpdateFreq int
	// HistogramFreq is a number of epochs after which histograms of all weights
	// are written; 0 writes none. Weights with values that are not finite have
	// none.
	HistogramFreq int

	train, validation *eventFile
	batches           int64 // in this fit, those before InitialEpoch included
	now               func() time.Time
}

// OnTrainBegin implements [recurve.Callback].
func (c *TensorBoard) OnTrainBegin(t *recurve.Training) error {
	c.train, c.validation = nil, nil
	c.batches = int64(t.InitialEpoch)*int64(t.StepsPerEpoch) + int64(t.InitialBatch)
	switch {
	case c.UpdateFreq < 0:
		return fmt.Errorf("TensorBoard: UpdateFreq: expected a number of batches, or 0 for epochs alone, got %d", c.UpdateFreq)
	case c.HistogramFreq < 0:
		return fmt.Errorf("TensorBoard: HistogramFreq: expected a number of epochs, or 0 for none, got %d", c.HistogramFreq)
	}
	now, dir := c.now, or(c.LogDir, "logs")
	if now == nil {
		now = time.Now
	}
	var err error
	if c.train, err = createEvents(filepath.Join(dir, "train"), now); err == nil && t.Validation {
		c.validation, err = createEvents(filepath.Join(dir, "validation"), now)
	}
	return inTensorBoard(err)
}

// OnTrainBatchEnd implements [recurve.Callback].
func (c *TensorBoard) OnTrainBatchEnd(_ *recurve.Training, _ int, logs recurve.Logs) error {
	c.batches++
	if c.UpdateFreq == 0 || c.batches%int64(c.UpdateFreq) != 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(logs)) {
		if err := c.train.scalar("batch_"+name, c.batches, logs[name]); err != nil {
			return inTensorBoard(err)
		}
	}
	return nil
}

// OnEpochEnd implements [recurve.Callback].
func (c *TensorBoard) OnEpochEnd(t *recurve.Training, epoch int, logs recurve.Logs) error {
	var iterations int64
	all := recurve.Logs{}
	maps.Copy(all, logs)
	if s := t.Model.Optimizer(); s != nil {
		iterations = s.Iterations
		all[learningRate] = float64(s.Rate())
	}
	var err error
	for _, name := range available(all) {
		v := all[name]
		measured, ok := strings.CutPrefix(name, "val_")
		if !ok {
			err = errors.Join(err, c.train.scalar("epoch_"+name, int64(epoch), v))
		} else if c.validation != nil {
			err = errors.Join(err, c.validation.scalar("epoch_"+measured, int64(epoch), v),
				c.validation.scalar("evaluation_"+measured+"_vs_iterations", iterations, v))
		}
	}
	if c.HistogramFreq > 0 && epoch%c.HistogramFreq == 0 {
		for _, op := range t.Model.Network().Operators {
			err = errors.Join(err, c.weights(op, t.Model.Name()+"/"+op.Name(), epoch))
		}
	}
	return inTensorBoard(err)
}

// weights writes histograms of an operator's weights under Keras' paths.
func (c *TensorBoard) weights(op layer.Operator, path string, epoch int) error {
	switch o := op.(type) {
	case interface{ Halves() [2]layer.Operator }:
		halves := o.Halves()
		return errors.Join(c.weights(halves[0], path+"/"+halves[0].Name(), epoch), c.weights(halves[1], path+"/"+halves[1].Name(), epoch))
	case interface{ Inner() layer.Operator }:
		return c.weights(o.Inner(), path+"/"+o.Inner().Name(), epoch)
	}
	if l, ok := op.Layer().(layer.Recurrent); ok {
		path += "/" + layer.SnakeCase(l.ClassName()) + "_cell"
	}
	var err error
	for _, p := range op.Params() {
		err = errors.Join(err, c.histogram(path, p, epoch))
	}
	return err
}

func (c *TensorBoard) histogram(path string, p *tensor.Param, epoch int) error {
	return c.train.histogram(path+"/"+p.Name+"/histogram", int64(epoch), p.Data)
}

// OnTrainEnd implements [recurve.Callback].
func (c *TensorBoard) OnTrainEnd(*recurve.Training) error {
	var err error
	for _, f := range []*eventFile{c.train, c.validation} {
		if f != nil {
			err = errors.Join(err, f.close())
		}
	}
	c.train, c.validation = nil, nil
	return inTensorBoard(err)
}

func inTensorBoard(err error) error {
	if err != nil {
		return fmt.Errorf("TensorBoard: %w", err)
	}
	return nil
}
