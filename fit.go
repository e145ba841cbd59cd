package recurve

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"recurve/dataset"
	"recurve/internal/kernel"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
)

// FitOptions are the choices of a fit. The zero value means Keras' defaults.
type FitOptions struct {
	// Optimizer, Loss and both kinds of metrics compile the model anew; where
	// Optimizer and Loss are nil, the model goes on as it was compiled, with the optimizer's
	// state.
	Optimizer       optimizer.Optimizer
	Loss            loss.Loss
	Metrics         []metric.Metric
	WeightedMetrics []metric.Metric

	// Epochs is the number of the last epoch; default 1.
	Epochs int
	// InitialEpoch is the number of the first, counted from 0.
	InitialEpoch int
	// BatchSize is the number of samples between two moves of the weights;
	// default 32. The last batch may be smaller.
	BatchSize int
	// Validation is evaluated after each epoch; nil for none.
	Validation *dataset.Dataset
	// ClassWeight says how much training samples of a class count, by the number
	// of the class; 1 where it says nothing. It weighs no validation data.
	ClassWeight map[int]float32
	// Callbacks watch the fit, in this order.
	Callbacks []Callback
	// NoShuffle takes the samples in their order (Keras: shuffle=False).
	NoShuffle bool
	// BucketByLength makes batches of samples of like length (see
	// dataset.Lengths.Buckets): with masks, a tile of such samples skips the
	// padding that they share. The samples are less well mixed.
	BucketByLength bool
	// Seed of the order of samples and of dropout.
	Seed uint64
	// History, where an earlier fit is taken up again, are its epochs before
	// InitialEpoch: callbacks learn from them, and the returned history begins
	// with them.
	History *History
}

// Fit trains the model on data. It returns the history also along with an
// error: that of a callback, or the context's when it ended; then the batch at
// work was finished and OnTrainEnd was called.
//
// A sample's loss counts the same in an epoch's mean whatever its batch. A
// wrong argument or data that do not fit the model are an error before
// anything has changed.
func (m *Model) Fit(ctx context.Context, data *dataset.Dataset, o FitOptions) (*History, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o.Epochs == 0 {
		o.Epochs = o.InitialEpoch + 1
	}
	if o.BatchSize == 0 {
		o.BatchSize = 32
	}
	run, err := m.fitRun(data, o)
	if err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	c := m.compiled
	if c == nil || o.Optimizer != nil || o.Loss != nil {
		if err := m.Compile(CompileOptions{Optimizer: o.Optimizer, Loss: o.Loss, Metrics: o.Metrics, WeightedMetrics: o.WeightedMetrics}); err != nil {
			return nil, fmt.Errorf("fit: %w", err)
		}
	}
	if m.compiled.optimizer == nil {
		m.compiled = c
		return nil, errors.New("fit: no optimizer given; set one such as optimizer.RMSprop{}")
	}
	if err := m.checkTargets(data, o.Validation); err != nil {
		m.compiled = c
		return nil, fmt.Errorf("fit: %w", err)
	}
	if data, err = m.weighClasses(data, o.ClassWeight); err != nil {
		m.compiled = c
		return nil, fmt.Errorf("fit: %w", err)
	}
	p := m.kernels.start(m.Threads(), m.net, run)
	defer p.close()
	f := newFitting(ctx, m, data, o, run, p)
	return f.history, f.all()
}

// fitRun checks the arguments of a fit.
func (m *Model) fitRun(data *dataset.Dataset, o FitOptions) (layer.Run, error) {
	switch {
	case o.Epochs < 0 || o.InitialEpoch < 0:
		return layer.Run{}, fmt.Errorf("epochs: expected 1 or more, got %d from epoch %d", o.Epochs, o.InitialEpoch)
	case o.NoShuffle && o.BucketByLength:
		return layer.Run{}, errors.New("NoShuffle and BucketByLength: expected one of them, as buckets change the order of samples")
	case o.BatchSize < 0:
		return layer.Run{}, fmt.Errorf("batch size: expected 1 or more, got %d", o.BatchSize)
	}
	run, err := m.run(data, o.BatchSize)
	if err != nil {
		return run, fmt.Errorf("training data: %w", err)
	}
	run.Training = true
	if reader, ok := m.net.Operators[0].(layer.OneHotReader); ok && run.OneHot && !reader.ReadsOneHot() {
		return run, errors.New("training data: one-hot ids cannot be trained on where the first layer has Dropout inside; give it vectors, or put a layer.Embedding in front instead")
	}
	if o.Validation == nil {
		return run, nil
	}
	v, err := m.run(o.Validation, o.BatchSize)
	if err != nil {
		return run, fmt.Errorf("validation data: %w", err)
	}
	if v.OneHot != run.OneHot {
		return run, errors.New("validation data: expected one-hot ids where the training data are, and features where they are")
	}
	return run, nil
}

func (m *Model) checkTargets(train, val *dataset.Dataset) error {
	if err := m.targets(train); err != nil {
		return fmt.Errorf("training data: %w", err)
	}
	if val != nil {
		if err := m.targets(val); err != nil {
			return fmt.Errorf("validation data: %w", err)
		}
	}
	return nil
}

// fitting is a fit at work.
type fitting struct {
	Training
	backups   []Backup
	opts      FitOptions
	data      *dataset.Dataset
	engine    *engine
	order     []int
	lengths   dataset.Lengths // of the samples, to be bucketed by
	random    rand.PCG
	validator *evaluator // nil without validation
	meter     *meter
	logs      Logs // a batch's
	history   *History
	prepared  int // the model's version that the operators are prepared for
}

func newFitting(ctx context.Context, m *Model, data *dataset.Dataset, o FitOptions, run layer.Run, p *pool) *fitting {
	c := m.compiled
	configure(m.net, run)
	f := &fitting{opts: o, data: data, history: o.History.clone(), logs: Logs{}, meter: newMeter(m),
		engine: newEngine(m, run, p, c.loss, c.optimizer), order: make([]int, data.N), prepared: -1}
	f.Training = Training{Model: m, History: f.history, Epochs: o.Epochs, InitialEpoch: o.InitialEpoch, BatchSize: o.BatchSize,
		StepsPerEpoch: (data.N + o.BatchSize - 1) / o.BatchSize, Samples: data.N, Validation: o.Validation != nil,
		Callbacks: o.Callbacks, ctx: ctx}
	for _, c := range o.Callbacks {
		if b, ok := c.(Backup); ok {
			f.backups = append(f.backups, b)
		}
	}
	if o.BucketByLength {
		f.lengths = data.RealSteps()
	}
	if o.Validation != nil {
		f.validator = newEvaluator(m, o.Validation, run, p)
	}
	return f
}

// all runs the epochs between the callbacks' OnTrainBegin and OnTrainEnd.
func (f *fitting) all() error {
	for _, b := range f.backups {
		if err := b.Restore(&f.Training); err != nil {
			return err
		}
	}
	err := f.each(func(c Callback) error { return c.OnTrainBegin(&f.Training) })
	if err == nil {
		err = f.epochs()
		if f.engine.optimizer.Finish() {
			f.Model.version++
		}
	}
	for _, c := range f.opts.Callbacks {
		if end := c.OnTrainEnd(&f.Training); end != nil {
			err = errors.Join(err, end)
		}
	}
	for _, b := range f.backups {
		if err != nil {
			return err
		}
		err = b.Done(&f.Training)
	}
	return err
}

func (f *fitting) each(call func(Callback) error) error {
	for _, c := range f.opts.Callbacks {
		if err := call(c); err != nil {
			return err
		}
	}
	return nil
}

func (f *fitting) epochs() error {
	for epoch := f.InitialEpoch; epoch < f.Epochs && !f.stop; epoch++ {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		start := time.Now()
		if err := f.each(func(c Callback) error { return c.OnEpochBegin(&f.Training, epoch) }); err != nil {
			return err
		}
		if err := f.batches(epoch); err != nil {
			return err
		}
		logs := Logs{}
		f.meter.report(logs, "")
		if f.validator != nil {
			f.prepare()
			if err := f.validator.measure(f.ctx, logs, "val_"); err != nil {
				return err
			}
		}
		err := f.each(func(c Callback) error { return c.OnEpochEnd(&f.Training, epoch, logs) })
		f.history.Epochs = append(f.history.Epochs, Epoch{Number: epoch, Logs: logs, Duration: time.Since(start)})
		if err == nil {
			err = f.save(epoch+1, 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// save has the backups save the fit's state.
func (f *fitting) save(epoch, batch int) error {
	for _, b := range f.backups {
		if err := b.Save(&f.Training, epoch, batch); err != nil {
			return err
		}
	}
	return nil
}

// prepare prepares the operators for weights that another hand has set.
func (f *fitting) prepare() {
	if f.prepared != f.Model.version {
		f.engine.weightsChanged()
		f.prepared = f.Model.version
	}
}

// batches trains on every sample once, or on those left of a restored epoch.
func (f *fitting) batches(epoch int) error {
	f.shuffle(epoch)
	f.meter.reset()
	first := 0
	if epoch == f.InitialEpoch {
		first = f.InitialBatch
	}
	for batch := first; batch < f.StepsPerEpoch; batch++ {
		f.prepare()
		rows := f.order[batch*f.BatchSize : min((batch+1)*f.BatchSize, len(f.order))]
		f.engine.step(f.data, rows, kernel.Mix(kernel.Mix(kernel.Mix(f.opts.Seed)+uint64(epoch))+uint64(batch)))
		f.meter.update(f.engine, f.data, rows)
		if len(f.opts.Callbacks) > 0 {
			f.meter.report(f.logs, "")
			for _, c := range f.opts.Callbacks {
				if err := c.OnTrainBatchEnd(&f.Training, batch, f.logs); err != nil {
					return err
				}
			}
		}
		if err := f.ctx.Err(); err != nil {
			return err
		}
		if f.stop {
			return nil
		}
		if batch+1 < f.StepsPerEpoch {
			if err := f.save(epoch, batch+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// shuffle sets the order of an epoch's samples. It follows from the seed and
// the epoch's number alone, so that a fit can be taken up at any epoch.
func (f *fitting) shuffle(epoch int) {
	for i := range f.order {
		f.order[i] = i
	}
	if f.opts.NoShuffle {
		return
	}
	f.random.Seed(kernel.Mix(f.opts.Seed), uint64(epoch))
	rng := rand.New(&f.random)
	for i := len(f.order) - 1; i > 0; i-- {
		j := int(rng.Uint64N(uint64(i + 1)))
		f.order[i], f.order[j] = f.order[j], f.order[i]
	}
	if f.opts.BucketByLength {
		f.lengths.Buckets(f.order, f.BatchSize, rng)
	}
}
