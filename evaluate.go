package recurve

import (
	"context"
	"errors"
	"fmt"

	"recurve/dataset"
	"recurve/layer"
	"recurve/metric"
)

// Evaluate measures the model's loss and metrics on data, in batches of
// batchSize samples (0 means 32, as in Keras; the result's rounding aside it
// makes no difference but speed). The logs have no val_ in front of their
// names.
func (m *Model) Evaluate(ctx context.Context, data *dataset.Dataset, batchSize int) (Logs, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.compiled == nil {
		return nil, errors.New("evaluate: the model has no loss; call Compile first")
	}
	run, err := m.run(data, batchSize)
	if err == nil {
		err = m.targets(data)
	}
	if err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	p := m.kernels.start(m.Threads(), m.net, run)
	defer p.close()
	configure(m.net, run)
	v := newEvaluator(m, data, run, p)
	v.engine.weightsChanged()
	logs := Logs{}
	if err := v.measure(ctx, logs, ""); err != nil {
		return nil, err
	}
	return logs, nil
}

// Predict returns the model's prediction for each sample of data, which needs
// no targets. It is a vector of the model's outputs; for a model that returns
// sequences, steps x outputs, row-major.
func (m *Model) Predict(ctx context.Context, data *dataset.Dataset) ([][]float32, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, err := m.run(data, predictBatch)
	if err != nil {
		return nil, fmt.Errorf("predict: %w", err)
	}
	p := m.kernels.start(m.Threads(), m.net, run)
	defer p.close()
	configure(m.net, run)
	e := newEngine(m, run, p, nil, nil)
	e.weightsChanged()
	flat := make([]float32, data.N*e.outputs)
	out := make([][]float32, data.N)
	order := upTo(data.N)
	for lo := 0; lo < data.N; lo += run.BatchSize {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows := order[lo:min(lo+run.BatchSize, data.N)]
		e.infer(data, rows)
		copy(flat[lo*e.outputs:], e.preds[:len(rows)*e.outputs])
	}
	for i := range out {
		out[i] = flat[i*e.outputs : (i+1)*e.outputs : (i+1)*e.outputs]
	}
	return out, nil
}

// predictBatch keeps all workers busy; predictions do not depend on it.
const predictBatch = 256

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// evaluator measures a model on one data set.
type evaluator struct {
	engine *engine
	data   *dataset.Dataset
	order  []int
	batch  int
	meter  *meter
}

// newEvaluator makes an evaluator on a network that is configured for the run,
// or for the fit that it is part of.
func newEvaluator(m *Model, data *dataset.Dataset, run layer.Run, p *pool) *evaluator {
	run.Training = false
	run.Steps = m.steps(data)
	return &evaluator{data: data, order: upTo(data.N), batch: run.BatchSize, meter: newMeter(m),
		engine: newEngine(m, run, p, m.compiled.loss, nil)}
}

// measure evaluates the model with the weights that are prepared.
func (v *evaluator) measure(ctx context.Context, logs Logs, prefix string) error {
	v.meter.reset()
	for lo := 0; lo < len(v.order); lo += v.batch {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := v.order[lo:min(lo+v.batch, len(v.order))]
		v.engine.infer(v.data, rows)
		v.meter.update(v.engine, v.data, rows)
	}
	v.meter.report(logs, prefix)
	return nil
}

// meter holds the running means of an epoch.
type meter struct {
	loss     float64 // sum over samples
	seen     int
	measures []measure
	at       []metric.Measurement
	batch    metric.Batch
	weights  []float32 // of the batch's predictions
}

func newMeter(model *Model) *meter {
	shape := model.metricShape(model.compiled.loss)
	m := &meter{measures: model.compiled.measures, batch: metric.Batch{Outputs: shape.Outputs, Targets: shape.Targets}}
	for _, d := range m.measures {
		m.at = append(m.at, d.New(shape))
	}
	return m
}

func (m *meter) reset() {
	m.loss, m.seen = 0, 0
	for _, a := range m.at {
		a.Reset()
	}
}

// update takes in the batch that the engine has just done.
func (m *meter) update(e *engine, data *dataset.Dataset, rows []int) {
	for _, v := range e.values[:len(rows)] {
		m.loss += float64(v)
	}
	m.loss += float64(e.penalty * float64(len(rows))) // rounded here: nothing may be fused
	m.seen += len(rows)
	if len(m.at) == 0 {
		return
	}
	m.batch.Pred, m.batch.Target, m.weights = e.preds[:len(rows)*e.outputs], m.batch.Target[:0], m.weights[:0]
	for _, r := range rows {
		m.batch.Target = append(m.batch.Target, data.Y[r*e.targets:(r+1)*e.targets]...)
		for t := 0; t < e.steps && data.Weights != nil; t++ {
			m.weights = append(m.weights, e.weight(r, t))
		}
	}
	if e.masking != nil {
		m.batch.Counts = e.masking.counts[:len(rows)*e.steps]
	}
	for i, a := range m.at {
		m.batch.Weights = nil
		if m.measures[i].weighted && data.Weights != nil {
			m.batch.Weights = m.weights
		}
		a.Update(&m.batch)
	}
}

// report writes the means so far, rounded to float32 as Keras' are.
func (m *meter) report(logs Logs, prefix string) {
	key := func(name string) string {
		if prefix == "" {
			return name // no allocation within a batch
		}
		return prefix + name
	}
	logs[key("loss")] = float64(float32(m.loss / float64(max(m.seen, 1))))
	for i, d := range m.measures {
		logs[key(d.name)] = m.at[i].Result()
	}
}

// steps is the number of time steps of the data's samples; 1 for vectors.
func (m *Model) steps(data *dataset.Dataset) int {
	if m.net.Input.Sequence {
		return data.Steps
	}
	return 1
}

// run checks data against the model's input and says how to run it.
func (m *Model) run(data *dataset.Dataset, batchSize int) (layer.Run, error) {
	if data == nil {
		return layer.Run{}, errors.New("no data given")
	}
	if err := data.Check(); err != nil {
		return layer.Run{}, err
	}
	if batchSize == 0 {
		batchSize = 32
	}
	if batchSize < 1 {
		return layer.Run{}, fmt.Errorf("batch size: expected 1 or more, got %d", batchSize)
	}
	run := layer.Run{BatchSize: min(batchSize, data.N), Steps: m.steps(data), OneHot: data.Depth > 0}
	return run, m.checkInput(data)
}

func (m *Model) checkInput(data *dataset.Dataset) error {
	in := m.net.Input
	ids := data.IDs != nil
	switch {
	case data.N == 0:
		return errors.New("expected at least one sample, got none")
	case in.IDs && (!ids || data.Depth > 0):
		return fmt.Errorf("expected ids for the Embedding, shape %s, got vectors", in)
	case !in.IDs && ids && data.Depth == 0:
		return fmt.Errorf("expected vectors, shape %s, got ids; call OneHot(%d) on the data, or put an Embedding in front of the model", in, in.Features)
	case in.Sequence && in.Steps > 0 && data.Steps != in.Steps:
		return fmt.Errorf("expected sequences of %d steps, got %d; pad them with Pad(%d)", in.Steps, data.Steps, in.Steps)
	case in.Sequence && data.Steps < 1:
		return fmt.Errorf("expected sequences, shape %s, got vectors", in)
	case !in.Sequence && data.Steps > 1:
		return fmt.Errorf("expected vectors, shape %s, got sequences of %d steps", in, data.Steps)
	}
	if in.IDs {
		return m.checkIDs(data)
	}
	if width := max(data.Width, data.Depth); width != in.Features {
		return fmt.Errorf("expected %d features, shape %s, got %d", in.Features, in, width)
	}
	if _, ok := m.net.Operators[0].(layer.OneHotReader); data.Depth > 0 && !ok {
		return fmt.Errorf("one-hot ids go into a recurrent layer; the first layer is %s", m.net.Operators[0].Layer().ClassName())
	}
	return nil
}

// checkIDs finds ids that the Embedding has no row for.
func (m *Model) checkIDs(data *dataset.Dataset) error {
	e, ok := m.net.Operators[0].Layer().(layer.Embedding)
	if !ok {
		return nil
	}
	for i, id := range data.IDs {
		if id < 0 || int(id) >= e.InputDim {
			return fmt.Errorf("sample %d, step %d: id %d, but the Embedding has rows for 0 to %d; raise its InputDim or load the data with NumWords: %d",
				i/data.Steps, i%data.Steps, id, e.InputDim-1, e.InputDim)
		}
	}
	return nil
}

// targets checks the data's targets and weights against the model's output and
// loss.
func (m *Model) targets(data *dataset.Dataset) error {
	out, steps := m.net.Output(), 1
	if out.Sequence {
		steps = m.steps(data)
	}
	want := steps * m.compiled.loss.Targets(out.Features)
	if data.Y == nil {
		return fmt.Errorf("expected targets, %d a sample, got none", want)
	}
	if data.Outputs != want {
		return fmt.Errorf("expected %d targets a sample, as the model's output has shape %s and the loss is %s, got %d", want, out, m.compiled.loss.ClassName(), data.Outputs)
	}
	if n := len(data.Weights); n > 0 && n != data.N && n != data.N*steps {
		return fmt.Errorf("expected a weight for each of %d samples or %d predictions, got %d", data.N, data.N*steps, n)
	}
	return m.compiled.loss.CheckTargets(data.Y, out.Features)
}
