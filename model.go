// Package recurve trains, looks into, keeps and serves recurrent neural
// networks for sequences, in pure Go.
//
// A model is a chain of layers from package layer; it is fitted to a
// [dataset.Dataset] with an optimizer, a loss and metrics, under the eyes of
// callbacks. Names, defaults and numbers are those of Keras 3. Package keras
// reads and writes models as .keras files.
//
// Inside, 16 sequences lie side by side, one per lane of a tile; see
// ARCHITECTURE.md. The same seed gives the same bits on any number of threads.
package recurve

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"

	"recurve/internal/kernel"
	"recurve/layer"
	"recurve/tensor"
	"recurve/text"
)

// Options of a new model.
type Options struct {
	// Name; default "sequential".
	Name string
	// Seed of the initial weights.
	Seed uint64
	// NoInit leaves all weights zero, for a model whose weights are about to be
	// set: large recurrent kernels take a while to initialize.
	NoInit bool
	// Threads that work on a batch; default runtime.GOMAXPROCS(0). The result
	// does not depend on it.
	Threads int
}

// Model is a chain of layers with its weights and, once compiled, an
// optimizer, a loss and metrics. Fit, Evaluate and Predict may be called from
// several goroutines; they wait for each other. Everything else must not run
// at the same time as they do, but may be called from a fit's callbacks.
type Model struct {
	mu       sync.Mutex
	opts     Options
	kernels  *team
	layers   []layer.Layer
	net      *layer.Network
	compiled *compiled
	text     *text.Processor
	origin   *Origin
	version  int // counts SetWeights: a fit prepares for its weights again
}

// Sequential builds a model that passes its input through the layers in turn,
// with default options.
func Sequential(layers ...layer.Layer) (*Model, error) { return New(Options{}, layers...) }

// New builds a model that passes its input through the layers in turn. The
// first must be a layer.Input, or a layer.Embedding for ids of any length. An
// error names the layer, what it expected and what it got.
//
// The arithmetic is done by the fastest kernel set that the processor can run;
// RECURVE_KERNEL=avx512, avx2, neon or go in the environment chooses another. All give
// the same bits.
func New(opts Options, layers ...layer.Layer) (*Model, error) {
	if opts.Name == "" {
		opts.Name = "sequential"
	}
	if opts.Threads < 0 {
		return nil, fmt.Errorf("threads: expected 0 (all processors) or more, got %d", opts.Threads)
	}
	k, err := kernel.Choose(os.Getenv("RECURVE_KERNEL"))
	if err != nil {
		return nil, fmt.Errorf("RECURVE_KERNEL: %w", err)
	}
	t := &team{Kernels: k}
	net, err := layer.Build(layers, layer.BuildOptions{Kernels: t, Seed: opts.Seed, NoInit: opts.NoInit})
	if err != nil {
		return nil, err
	}
	return &Model{opts: opts, kernels: t, layers: layers, net: net}, nil
}

// Name is the model's name.
func (m *Model) Name() string { return m.opts.Name }

// Layers are the descriptions that the model was built from.
func (m *Model) Layers() []layer.Layer { return m.layers }

// Network is the chain of built layers, with their names, shapes and
// parameters.
func (m *Model) Network() *layer.Network { return m.net }

// Kernel is the name of the kernel set that does the arithmetic.
func (m *Model) Kernel() string { return m.kernels.Name() }

// Threads is how many threads work on a batch.
func (m *Model) Threads() int {
	if m.opts.Threads > 0 {
		return m.opts.Threads
	}
	return runtime.GOMAXPROCS(0)
}

// SetThreads sets how many threads work on a batch; below 1, all processors.
func (m *Model) SetThreads(n int) { m.opts.Threads = max(n, 0) }

// Params are the model's parameters, in Keras' order.
func (m *Model) Params() []*tensor.Param {
	var out []*tensor.Param
	for _, op := range m.net.Operators {
		out = append(out, op.Params()...)
	}
	return out
}

// CountParams is the number of the model's trainable values.
func (m *Model) CountParams() int { return countParams(m.Params()) }

func countParams(params []*tensor.Param) int {
	n := 0
	for _, p := range params {
		n += p.Size()
	}
	return n
}

// Weights returns a copy of the values of all parameters, in Keras' order.
func (m *Model) Weights() [][]float32 {
	var out [][]float32
	for _, p := range m.Params() {
		out = append(out, slices.Clone(p.Data))
	}
	return out
}

// SetWeights sets the values of all parameters, in the order of Weights. A
// wrong number of arrays or values is an error, and then nothing is changed.
func (m *Model) SetWeights(weights [][]float32) error {
	params := m.Params()
	if len(weights) != len(params) {
		return fmt.Errorf("set weights: expected %d arrays, got %d", len(params), len(weights))
	}
	for i, p := range params {
		if len(weights[i]) != p.Size() {
			return fmt.Errorf("set weights: array %d (%s): expected %d values for shape %v, got %d", i, p.Name, p.Size(), p.Shape, len(weights[i]))
		}
	}
	for i, p := range params {
		copy(p.Data, weights[i])
	}
	m.version++
	return nil
}

// Text is how the model turns text into ids and what its classes are called;
// nil unless the model was trained on text. It travels in the model's file.
func (m *Model) Text() *text.Processor { return m.text }

// SetText attaches a text processor to the model.
func (m *Model) SetText(p *text.Processor) { m.text = p }
