package recurve

import (
	"errors"
	"fmt"

	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
)

// CompileOptions are what a model needs to be trained and evaluated.
type CompileOptions struct {
	// Optimizer moves the weights. Needed for Fit.
	Optimizer optimizer.Optimizer
	// Loss is made small. Needed.
	Loss loss.Loss
	// Metrics are measured besides.
	Metrics []metric.Metric
}

// compiled is a compiled model's state.
type compiled struct {
	optimizer *optimizer.State // nil where none was given
	loss      loss.Loss
	metrics   []metric.Metric
}

// Compile gives the model an optimizer with fresh state, a loss and metrics.
// Fit does it too where its options name an optimizer or a loss.
func (m *Model) Compile(o CompileOptions) error {
	if o.Loss == nil {
		return errors.New("compile: no loss given; set one such as loss.BinaryCrossentropy{}")
	}
	if out := m.net.Output(); out.Pair {
		return fmt.Errorf("compile: the model has two outputs, %v, and can only predict; a model that learns needs one: give its last Bidirectional a MergeMode such as layer.Concat", out)
	}
	if err := o.Loss.Check(); err != nil {
		return fmt.Errorf("compile: %w", err)
	}
	c := &compiled{loss: o.Loss, metrics: o.Metrics}
	taken := map[string]bool{"loss": true}
	for i, mt := range o.Metrics {
		if mt == nil {
			return fmt.Errorf("compile: metric %d is nil", i)
		}
		if taken[mt.Label()] {
			return fmt.Errorf("compile: two metrics are called %q; give one of them a Name", mt.Label())
		}
		taken[mt.Label()] = true
	}
	if o.Optimizer != nil {
		var err error
		if c.optimizer, err = optimizer.New(o.Optimizer, m.Params(), m.kernels); err != nil {
			return fmt.Errorf("compile: %w", err)
		}
	}
	m.compiled = c
	return nil
}

// Compiled reports whether the model has a loss.
func (m *Model) Compiled() bool { return m.compiled != nil }

// Optimizer is the optimizer at work; nil where the model has none.
func (m *Model) Optimizer() *optimizer.State {
	if m.compiled == nil {
		return nil
	}
	return m.compiled.optimizer
}

// Loss is what training makes small; nil where the model is not compiled.
func (m *Model) Loss() loss.Loss {
	if m.compiled == nil {
		return nil
	}
	return m.compiled.loss
}

// Metrics are what is measured besides the loss.
func (m *Model) Metrics() []metric.Metric {
	if m.compiled == nil {
		return nil
	}
	return m.compiled.metrics
}
