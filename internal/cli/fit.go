package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"recurve"
	"recurve/callback"
	"recurve/dataset"
	"recurve/keras"
)

// fitCmd is the command fit.
type fitCmd struct {
	Model        string `arg:"" help:"The compiled .keras file to go on with: its own optimizer with its state, its loss and its metrics."`
	X            string `required:"" placeholder:"X.npy" help:"${x_help}"`
	Y            string `required:"" placeholder:"Y.npy" help:"${y_help}"`
	ValX         string `name:"val-x" and:"validation" placeholder:"X.npy" help:"Samples to validate with after each epoch."`
	ValY         string `name:"val-y" and:"validation" placeholder:"Y.npy" help:"Their targets."`
	Epochs       int    `placeholder:"N" help:"Number of the last epoch (1)."`
	InitialEpoch int    `placeholder:"N" help:"Epochs that were done before; the order of samples goes on from there (0)."`
	BatchSize    int    `placeholder:"N" default:"32" help:"Samples between two moves of the weights (32)."`
	NoShuffle    bool   `help:"Take the samples in their order (Keras: shuffle=False)."`
	Bucket       bool   `help:"Make batches of samples of like length: quicker with masks, less well mixed."`
	Seed         uint32 `placeholder:"N" default:"42" help:"Seed of the order of samples and of dropout (42)."`
	Out          string `required:"" placeholder:"OUT.keras" help:"The trained model; written anew after each epoch."`
	History      string `placeholder:"H.json" help:"The values of each epoch; written anew after each epoch."`
	Threads      int    `placeholder:"N" help:"Threads that work on a batch (all processors); the result does not depend on it."`
	JSON         bool   `name:"json" help:"Print the history as JSON."`
}

// Help implements kong's HelpProvider.
func (fitCmd) Help() string {
	return "Trains a model that was compiled, here or in Keras, on NumPy's arrays, as Keras' fit does. " + arrayHelp +
		"\n\nCtrl-C leaves the model and the history of the last whole epoch."
}

// arrayFit is a fit on arrays at work.
type arrayFit struct {
	recurve.NopCallback
	c       *fitCmd
	model   *recurve.Model
	history valueHistory
	start   time.Time // of the epoch
}

// Run implements the command.
func (c *fitCmd) Run(s *session) error {
	if err := c.check(); err != nil {
		return err
	}
	m, err := c.load()
	if err != nil {
		return err
	}
	train, val, err := readPair(formOf(m), c.X, c.Y, c.ValX, c.ValY)
	if err != nil {
		return err
	}
	m.SetThreads(c.Threads)
	f := c.begin(m, train, val)
	f.announce(s, train, val)
	progress := &callback.Progress{Writer: s.err, Terminal: s.err.terminal}
	if progress.Terminal {
		progress.Writer = liveLine{s.err}
	}
	_, err = m.Fit(s.ctx, train, recurve.FitOptions{
		Epochs: c.Epochs, InitialEpoch: c.InitialEpoch, BatchSize: c.BatchSize, Validation: val, NoShuffle: c.NoShuffle,
		BucketByLength: c.Bucket, Seed: uint64(c.Seed),
		Callbacks: []recurve.Callback{&callback.TerminateOnNaN{}, f, progress},
	})
	if err != nil && !s.interrupted(err) {
		return f.explain(err)
	}
	return f.report(s, err)
}

// check finds what can't be done before anything is read.
func (c *fitCmd) check() error {
	switch {
	case c.Epochs < 0 || c.InitialEpoch < 0:
		return usagef("--epochs %d, --initial-epoch %d: expected 0 or more", c.Epochs, c.InitialEpoch)
	case c.Epochs > 0 && c.InitialEpoch >= c.Epochs:
		return usagef("--epochs %d is the number of the last epoch: after --initial-epoch %d nothing is left to do", c.Epochs, c.InitialEpoch)
	case c.NoShuffle && c.Bucket:
		return usagef("--no-shuffle and --bucket: take one of them, as buckets change the order of samples")
	case c.BatchSize < 1:
		return usagef("--batch-size %d: expected 1 or more", c.BatchSize)
	case !strings.HasSuffix(c.Out, keras.Extension):
		return usagef("--out %s: expected a name that ends in %s", c.Out, keras.Extension)
	}
	for _, path := range []string{c.Out, c.History} {
		if path == "" {
			continue
		}
		if err := writable(filepath.Dir(path)); err != nil {
			return err
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return usagef("%s is a folder: name a file", path)
		}
	}
	return (&runFlags{Threads: c.Threads}).check()
}

// load reads a model that can be trained as it is.
func (c *fitCmd) load() (*recurve.Model, error) {
	m, err := keras.Load(c.Model)
	if err == nil && m.Optimizer() == nil {
		err = fmt.Errorf("%s is not compiled, so it says neither optimizer nor loss: call compile in Keras before saving it", c.Model)
	}
	return m, err
}

func (c *fitCmd) begin(m *recurve.Model, train, val *dataset.Dataset) *arrayFit {
	o := &recurve.Origin{Data: filepath.Base(c.X), Samples: train.N, Seed: uint64(c.Seed), Kernel: m.Kernel(), Threads: m.Threads(),
		Date: time.Now().UTC().Truncate(time.Second), Software: software}
	if val != nil {
		o.Validation = val.N
	}
	m.SetOrigin(o)
	return &arrayFit{c: c, model: m, history: valueHistory{Data: c.X, Model: c.Model, Params: m.CountParams(), Seed: c.Seed,
		Kernel: m.Kernel(), Threads: m.Threads(), Epochs: []valueEpoch{}}}
}

func (f *arrayFit) announce(s *session, train, val *dataset.Dataset) {
	validation := ""
	if val != nil {
		validation = fmt.Sprintf(", %s to validate with", thousands(val.N))
	}
	s.note("%s: %s%s", f.c.X, arrayFacts(train), validation)
	o := f.model.Optimizer()
	s.note("%s: %s; %s %v after %s, %s, batches of %d, %s; into %s", f.c.Model, plural(f.model.CountParams(), "parameter"),
		o.Optimizer.ClassName(), shortest(o.LearningRate), plural(int(o.Iterations), "step"), f.model.Loss().ClassName(), f.c.BatchSize,
		plural(f.model.Threads(), "thread"), f.c.Out)
}

// explain says which arrays an error of the fit is about.
func (f *arrayFit) explain(err error) error {
	return fmt.Errorf("%s with %s and %s: %w", f.c.Model, f.c.X, f.c.Y, err)
}

// OnEpochBegin implements [recurve.Callback].
func (f *arrayFit) OnEpochBegin(*recurve.Training, int) error {
	f.start = time.Now()
	return nil
}

// OnEpochEnd implements [recurve.Callback]: it keeps the model, unless its
// weights are no longer numbers.
func (f *arrayFit) OnEpochEnd(_ *recurve.Training, n int, logs recurve.Logs) error {
	f.history.add(f.model, recurve.Epoch{Number: n, Logs: logs, Duration: time.Since(f.start)})
	if !finite(logs["loss"]) {
		return f.write()
	}
	o := *f.model.Origin()
	o.Epoch, o.Logs = n+1, logs
	f.model.SetOrigin(&o)
	return errors.Join(keras.Save(f.c.Out, f.model), f.write())
}

func (f *arrayFit) write() error {
	if f.c.History == "" {
		return nil
	}
	return writeJSON(f.c.History, f.history)
}

// report tells what came of the fit, which was interrupted where err says so.
func (f *arrayFit) report(s *session, err error) error {
	if err != nil {
		s.gap()
	}
	n := len(f.history.Epochs)
	if f.c.JSON {
		if failed := s.json(f.history); failed != nil {
			return failed
		}
	} else if n > 0 {
		s.gap()
		f.history.print(s.out)
		s.gap()
	}
	if n == 0 {
		s.note("Nothing is written, as no epoch was finished.")
		return err
	}
	last := f.history.Epochs[n-1]
	if loss, _ := last.value("loss"); !finite(float64(loss)) {
		return f.diverged(n)
	}
	where := fmt.Sprintf("In %s: the model after epoch %d", f.c.Out, last.number)
	if f.c.History != "" {
		where += fmt.Sprintf("; in %s: the values of each epoch", f.c.History)
	}
	s.note("%s", where)
	if err != nil {
		s.suggest("Go on with: recurve fit %s --initial-epoch %d and the other arguments", quote(f.c.Out), last.number)
	}
	return err
}

// diverged is the error where the last of n epochs ended without a number.
func (f *arrayFit) diverged(n int) error {
	kept := f.c.Out + " is not written"
	if n > 1 {
		kept = fmt.Sprintf("%s holds the model after epoch %d", f.c.Out, f.history.Epochs[n-2].number)
	}
	return fmt.Errorf("%s: the loss stopped being a number in epoch %d, as the weights grew without bounds; %s; compile with a smaller learning rate than %v",
		f.c.Model, f.history.Epochs[n-1].number, kept, shortest(f.model.Optimizer().LearningRate))
}
