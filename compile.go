package recurve

import (
	"errors"
	"fmt"
	"slices"

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
	// Metrics are measured besides. They take no notice of weights.
	Metrics []metric.Metric
	// WeightedMetrics are measured with the weights of samples and classes. One
	// whose name a metric has is called "weighted_" and the name.
	WeightedMetrics []metric.Metric
}

// compiled is a compiled model's state.
type compiled struct {
	optimizer         *optimizer.State // nil where none was given
	loss              loss.Loss
	metrics, weighted []metric.Metric
	measures          []measure
}

// measure is a metric, or a weighted one, under its name in logs.
type measure struct {
	metric.Metric
	name     string
	weighted bool
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
	c := &compiled{loss: o.Loss, metrics: o.Metrics, weighted: o.WeightedMetrics}
	if err := c.measure(m.metricShape(o.Loss)); err != nil {
		return fmt.Errorf("compile: %w", err)
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

// metricShape is the shape of the model's predictions and of the loss' targets.
func (m *Model) metricShape(l loss.Loss) metric.Shape {
	out := m.net.Output()
	return metric.Shape{Outputs: out.Features, Targets: l.Targets(out.Features), Sequence: out.Sequence}
}

// measure checks and names the metrics.
func (c *compiled) measure(s metric.Shape) error {
	taken := map[string]bool{"loss": true}
	for i, mt := range slices.Concat(c.metrics, c.weighted) {
		if mt == nil {
			return fmt.Errorf("metric %d is nil", i)
		}
		if err := mt.Check(s); err != nil {
			return fmt.Errorf("metric %q: %w", mt.Label(), err)
		}
		v := measure{mt, mt.Label(), i >= len(c.metrics)}
		if v.weighted && taken[v.name] {
			v.name = "weighted_" + v.name
		}
		if taken[v.name] {
			return fmt.Errorf("two metrics are called %q; give one of them a Name", v.name)
		}
		taken[v.name] = true
		c.measures = append(c.measures, v)
	}
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

// WeightedMetrics are what is measured with weights besides the loss.
func (m *Model) WeightedMetrics() []metric.Metric {
	if m.compiled == nil {
		return nil
	}
	return m.compiled.weighted
}

// MetricNames are the names in logs of the metrics and then of the weighted ones.
func (m *Model) MetricNames() []string {
	if m.compiled == nil {
		return nil
	}
	var names []string
	for _, v := range m.compiled.measures {
		names = append(names, v.name)
	}
	return names
}

// Metrics are what is measured besides the loss.
func (m *Model) Metrics() []metric.Metric {
	if m.compiled == nil {
		return nil
	}
	return m.compiled.metrics
}
