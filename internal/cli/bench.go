package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"slices"
	"time"

	"recurve"
	"recurve/dataset"
	"recurve/internal/kernel"
)

// benchCmd is the command bench.
type benchCmd struct {
	Kernel string        `placeholder:"SET" help:"Kernel set to measure (RECURVE_KERNEL, or the fastest that runs here)."`
	Time   time.Duration `placeholder:"DURATION" default:"250ms" help:"How long to measure each of some 30 figures (250ms)."`
	JSON   bool          `name:"json" help:"Print as JSON."`
}

// Help implements kong's HelpProvider.
func (benchCmd) Help() string {
	return "Measures the kernels on one core and the text-book's models on one and on all threads, with random reviews: 64 in a batch, " +
		"100 words long. Of kernels the fastest run counts, of models the median. The peak is that of the fastest product measured, on data " +
		"in the first-level cache: it stands for the processor's own peak, which it comes close to but does not exceed."
}

// benchJSON is what bench says, for programs.
type benchJSON struct {
	Software  string         `json:"software"`
	Go        string         `json:"go"`
	System    string         `json:"system"`
	Processor string         `json:"processor,omitempty"`
	Kernel    string         `json:"kernel"`
	Threads   int            `json:"threads"`     // all
	Peak      number         `json:"peak_gflops"` // of one core
	Products  []productBench `json:"products"`
	Cell      number         `json:"lstm_cell_ns_per_gate_element"`
	Models    []modelBench   `json:"models"`
	Latency   number         `json:"latency_ms"` // of one review through the LSTM
}

// productBench is the product of a recurrent step: [4H x H].[H x 16].
type productBench struct {
	Units  int    `json:"units"`
	GFlops number `json:"gflops"`
	Share  number `json:"share_of_peak"`
}

// modelBench is a model on some threads.
type modelBench struct {
	Model   string `json:"model"`
	Threads int    `json:"threads"`
	Step    number `json:"ms_per_training_step"`
	Read    number `json:"reviews_per_second"` // predictions
}

// What is measured on: the text-book's batch.
const (
	benchBatch = 64
	benchSteps = 10   // batches in an epoch
	benchWords = 100  // of a review
	benchRead  = 2048 // reviews to predict
)

// Run implements the command.
func (c *benchCmd) Run(s *session) error {
	if c.Time <= 0 {
		return usagef("--time %v: expected a duration above 0, such as 250ms", c.Time)
	}
	k, err := kernel.Choose(cmp.Or(c.Kernel, os.Getenv(kernelVariable)))
	if err != nil {
		if c.Kernel != "" {
			return usagef("--kernel: %w", err)
		}
		return fmt.Errorf("%s: %w", kernelVariable, err)
	}
	b := &bencher{s: s, time: c.Time, kernels: k}
	j := benchJSON{Software: software, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, Processor: processor(),
		Kernel: k.Name(), Threads: runtime.GOMAXPROCS(0)}
	err = b.all(&j)
	if s.err.terminal {
		fmt.Fprint(s.err, "\r"+eraseLine)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return s.json(j)
	}
	j.print(s.out)
	return nil
}

// kernelVariable is the environment's choice of a kernel set.
const kernelVariable = "RECURVE_KERNEL"

// bencher measures.
type bencher struct {
	s       *session
	time    time.Duration // for each figure
	kernels kernel.Kernels
}

func (b *bencher) all(j *benchJSON) error {
	for _, measure := range []func(*benchJSON) error{b.products, b.cell, b.models, b.latency} {
		if err := measure(j); err != nil {
			return err
		}
	}
	return nil
}

// begin tells a terminal what is being measured, and ends an interrupted
// command.
func (b *bencher) begin(format string, args ...any) error {
	if b.s.err.terminal {
		fmt.Fprintf(liveLine{b.s.err}, "\r"+eraseLine+"measuring "+format, args...)
	}
	return b.s.ctx.Err()
}

// sample calls f for about the time of a figure, and returns the seconds that
// single calls took, in ascending order. Short calls are timed many at once.
func (b *bencher) sample(f func() error) ([]float64, error) {
	const samples = 20
	var times []float64
	begin := time.Now()
	for n := 1; len(times) < 3 || time.Since(begin) < b.time; {
		start := time.Now()
		for range n {
			if err := f(); err != nil {
				return nil, err
			}
		}
		took := time.Since(start)
		if len(times) == 0 && took < b.time/samples {
			n *= 2 // until one sample is long enough
			continue
		}
		times = append(times, took.Seconds()/float64(n))
	}
	slices.Sort(times)
	return times, b.s.ctx.Err()
}

func median(sorted []float64) float64 { return sorted[len(sorted)/2] }

// product is the speed of c += a.b, where a is m x k and b is k x Lanes.
func (b *bencher) product(m, k int) (gflops float64, err error) {
	x, y, z := benchValues(m*k), benchValues(k*kernel.Lanes), make([]float32, m*kernel.Lanes)
	times, err := b.sample(func() error {
		b.kernels.Gemm(m, kernel.Lanes, k, z, kernel.Lanes, x, k, 1, y, kernel.Lanes)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return 2e-9 * float64(m*k*kernel.Lanes) / times[0], nil
}

// benchValues are n small values: sums of their products don't overflow.
func benchValues(n int) []float32 {
	rng := rand.New(rand.NewPCG(1, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = 0.001 * float32(rng.NormFloat64())
	}
	return x
}

func (b *bencher) products(j *benchJSON) error {
	for _, shape := range [][2]int{{24, 160}, {48, 96}, {96, 48}} { // a, b and c fill 32 KiB
		if err := b.begin("the peak"); err != nil {
			return err
		}
		speed, err := b.product(shape[0], shape[1])
		if err != nil {
			return err
		}
		j.Peak = max(j.Peak, number(speed))
	}
	for _, units := range []int{8, 32, 64, 128, 256, 512, 1024} {
		if err := b.begin("the product of %d units", units); err != nil {
			return err
		}
		speed, err := b.product(4*units, units)
		if err != nil {
			return err
		}
		j.Products = append(j.Products, productBench{Units: units, GFlops: number(speed)})
		j.Peak = max(j.Peak, number(speed))
	}
	for i := range j.Products {
		j.Products[i].Share = j.Products[i].GFlops / j.Peak
	}
	return nil
}

// cell is the LSTM's gates and state, without the products.
func (b *bencher) cell(j *benchJSON) error {
	if err := b.begin("the LSTM cell"); err != nil {
		return err
	}
	const n = 8 * kernel.Lanes
	h, c, cact, gates, before := make([]float32, n), make([]float32, n), make([]float32, n), benchValues(4*n), benchValues(n)
	times, err := b.sample(func() error {
		b.kernels.LSTM(h, c, cact, gates, before, kernel.Tanh, kernel.Sigmoid)
		return nil
	})
	if err == nil {
		j.Cell = number(times[0] * 1e9 / (4 * n))
	}
	return err
}

// models trains and asks each model on one thread and on all.
func (b *bencher) models(j *benchJSON) error {
	for _, name := range []string{"onehot", "rnn", "lstm", "gru"} {
		for _, threads := range slices.Compact([]int{1, j.Threads}) {
			m, err := b.model(name, threads)
			if err != nil {
				return err
			}
			if err := b.begin("%s on %s", name, plural(threads, "thread")); err != nil {
				return err
			}
			data := benchReviews(benchBatch*benchSteps, name == "onehot")
			fit := &untilMeasured{end: time.Now().Add(b.time)}
			h, err := m.Fit(b.s.ctx, data, recurve.FitOptions{Epochs: 1 << 30, BatchSize: benchBatch, Callbacks: []recurve.Callback{fit}})
			if err != nil {
				return err
			}
			read, err := b.predict(m, benchReviews(benchRead, name == "onehot"))
			if err != nil {
				return err
			}
			j.Models = append(j.Models, modelBench{Model: name, Threads: threads, Step: number(1e3 * epochSeconds(h) / benchSteps),
				Read: number(benchRead / read)})
		}
	}
	return nil
}

// model is one of train's models, on the chosen kernels.
func (b *bencher) model(name string, threads int) (m *recurve.Model, err error) {
	before, set := os.LookupEnv(kernelVariable)
	if err := os.Setenv(kernelVariable, b.kernels.Name()); err != nil {
		return nil, err
	}
	defer func() {
		undone := os.Unsetenv(kernelVariable)
		if set {
			undone = os.Setenv(kernelVariable, before)
		}
		err = errors.Join(err, undone)
	}()
	st := defaults(imdbName)
	st.Model = name
	return st.newModel(threads)
}

// benchReviews are n random reviews.
func benchReviews(n int, oneHot bool) *dataset.Dataset {
	const vocab = 500
	rng := rand.New(rand.NewPCG(1, 1))
	d := &dataset.Dataset{N: n, Steps: benchWords, Outputs: 1, IDs: make([]int32, n*benchWords), Y: make([]float32, n)}
	for i := range d.IDs {
		d.IDs[i] = rng.Int32N(vocab)
	}
	for i := range d.Y {
		d.Y[i] = float32(rng.IntN(2))
	}
	if oneHot {
		return d.OneHot(vocab)
	}
	return d
}

// untilMeasured ends a fit when its time is over.
type untilMeasured struct {
	recurve.NopCallback
	end time.Time
}

// OnEpochEnd implements [recurve.Callback]. The first epoch is not counted; three
// are wanted besides.
func (u *untilMeasured) OnEpochEnd(t *recurve.Training, epoch int, _ recurve.Logs) error {
	if epoch >= 3 && time.Now().After(u.end) {
		t.Stop()
	}
	return nil
}

// epochSeconds is the median of a history's epochs but the first.
func epochSeconds(h *recurve.History) float64 {
	var times []float64
	for _, e := range h.Epochs[1:] {
		times = append(times, e.Duration.Seconds())
	}
	slices.Sort(times)
	return median(times)
}

// predict is the median time to predict all samples of d.
func (b *bencher) predict(m *recurve.Model, d *dataset.Dataset) (seconds float64, err error) {
	times, err := b.sample(func() error {
		_, err := m.Predict(context.WithoutCancel(b.s.ctx), d)
		return err
	})
	if err != nil {
		return 0, err
	}
	return median(times), nil
}

// latency is what a server needs for one review.
func (b *bencher) latency(j *benchJSON) error {
	if err := b.begin("one review"); err != nil {
		return err
	}
	m, err := b.model("lstm", 1)
	if err != nil {
		return err
	}
	seconds, err := b.predict(m, benchReviews(1, false))
	j.Latency = number(1e3 * seconds)
	return err
}

// processor is the processor's name; empty where the system doesn't tell it in
// a file.
func processor() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	if found := regexp.MustCompile(`(?m)^model name\s*:\s*(.+)`).FindSubmatch(b); found != nil {
		return string(found[1])
	}
	return ""
}

// print writes the figures as tables.
func (j *benchJSON) print(o *output) {
	o.facts([][2]string{
		{"kernels", j.Kernel},
		{"machine", fmt.Sprintf("%s, %s, %s", cmp.Or(j.Processor, "processor not known"), j.System, plural(j.Threads, "thread"))},
		{"software", fmt.Sprintf("%s, %s", j.Software, j.Go)},
		{"peak", fmt.Sprintf("%.1f GFLOP/s a core: the fastest product measured, in place of the processor's own peak", float64(j.Peak))},
		{"LSTM cell", fmt.Sprintf("%.2f ns a gate element", float64(j.Cell))},
		{"one review", fmt.Sprintf("%.3f ms through the LSTM", float64(j.Latency))},
	})
	o.heading("The product of a recurrent step, [4H x H].[H x 16], on one core")
	var rows [][]string
	for _, p := range j.Products {
		rows = append(rows, []string{fmt.Sprintf("H = %s", thousands(p.Units)), fmt.Sprintf("%.1f", float64(p.GFlops)), fmt.Sprintf("%.0f %%", 100*float64(p.Share))})
	}
	o.table(append(words("units"), numbers("GFLOP/s", "of the peak")...), rows)
	o.heading(fmt.Sprintf("The text-book's models: batches of %d reviews of %d words", benchBatch, benchWords))
	rows = nil
	for _, m := range j.Models {
		rows = append(rows, []string{m.Model, fmt.Sprint(m.Threads), fmt.Sprintf("%.3f", float64(m.Step)), thousands(int(m.Read))})
	}
	o.table(append(words("model"), numbers("threads", "ms a training step", "reviews read a second")...), rows)
}
