package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"time"

	"recurve"
	"recurve/callback"
	"recurve/dataset"
	"recurve/keras"
)

// training is a run: one model, one data set, one folder.
type training struct {
	outcome
	s       *session
	model   *recurve.Model
	earlier *recurve.History // the epochs that a run taken up again begins with

	train, val *dataset.Dataset
	lengths    dataset.Lengths // of the training texts
}

// newTraining makes a model and its data ready. c is the data set, where it is
// open already. Nothing is written yet.
func (s *session) newTraining(st settings, c *corpus, threads int) (*training, error) {
	m, err := st.newModel(threads)
	if err != nil {
		return nil, err
	}
	t := &training{s: s, outcome: outcome{record: newRecord(st)}, model: m, earlier: &recurve.History{}}
	t.record.Threads = threads
	m.SetOrigin(nil)
	if err := t.prepare(c); err != nil {
		return nil, err
	}
	return t, nil
}

// prepare opens the data set, unless it is given, splits it and brings it into
// the model's form.
func (t *training) prepare(c *corpus) error {
	st := &t.record.settings
	r, err := readingOf(t.model)
	if err != nil {
		return fmt.Errorf("%s: %w", st.Model, err)
	}
	if steps := t.model.Network().Input.Steps; steps > 0 && st.MaxLen > 0 && steps != st.MaxLen {
		return usagef("--maxlen %d: %s reads %d words; leave it out", st.MaxLen, st.Model, steps)
	}
	r.maxLen = cmp.Or(st.MaxLen, r.maxLen, defaults(st.Data).MaxLen)
	st.Vocab, st.MaxLen = r.vocab, r.maxLen
	if c == nil {
		if c, err = t.s.openFor(st.Data, st.Path, r, t.model.Text(), trainOnly); err != nil {
			return err
		}
	}
	train, val := c.train.Split(st.Split, st.Seed)
	if err := train.Check(); err != nil {
		return usagef("--split %v: %w", st.Split, err)
	}
	p := *c.text
	if own := t.model.Text(); own != nil {
		p = *own
	}
	p.Pad.MaxLen = r.maxLen
	t.train, t.val, t.lengths = r.samples(train, &p), r.samples(val, &p), train.Lengths()
	for _, d := range []*dataset.Dataset{t.train, t.val} {
		if err := d.Check(); err != nil {
			return err
		}
	}
	if t.model.Text() == nil {
		t.model.SetText(p.Compact())
	}
	if t.model.Origin() == nil {
		t.model.SetOrigin(&recurve.Origin{Data: st.Data, Samples: t.train.N, Validation: t.val.N, Seed: uint64(st.Seed),
			Kernel: t.model.Kernel(), Threads: t.model.Threads(), Date: t.record.Started, Software: software})
	}
	t.history = history{Data: st.Data, Model: st.Model, Params: t.model.CountParams(), Seed: st.Seed,
		Kernel: t.model.Kernel(), Threads: t.model.Threads(), Epochs: []epoch{}}
	t.history.set(t.earlier)
	return nil
}

// run trains, keeps what is worth keeping and draws the pictures. Its error is
// the context's where the run was interrupted.
func (t *training) run() error {
	stopping := &callback.EarlyStopping{Patience: t.record.Patience, RestoreBestWeights: true}
	if t.history.BestEpoch > 0 {
		best, err := keras.LoadWith(t.path(modelFile), keras.Options{NoCompile: true})
		if err != nil {
			return err
		}
		stopping.BestWeights = best.Weights()
	}
	progress := &callback.Progress{Writer: t.s.err, Terminal: t.s.err.terminal}
	if progress.Terminal {
		progress.Writer = liveLine{t.s.err}
	}
	st := t.record.settings
	history, err := t.model.Fit(t.s.ctx, t.train, recurve.FitOptions{
		BatchSize: st.BatchSize, Epochs: st.Epochs, InitialEpoch: len(t.earlier.Epochs), History: t.earlier,
		Validation: t.val, Seed: uint64(st.Seed),
		Callbacks: []recurve.Callback{
			&callback.TerminateOnNaN{}, stopping, &keeper{training: t},
			&callback.ModelCheckpoint{Path: t.path(modelFile), SaveBestOnly: true},
			&callback.CSVLogger{Path: t.path(tableFile)}, progress,
		},
	})
	if history != nil {
		t.history.set(history)
	}
	return t.finish(err)
}

// finish keeps what a fit has left.
func (t *training) finish(fitError error) error {
	if len(t.history.Epochs) > 0 {
		if err := writeJSON(t.path(historyFile), t.history); err != nil {
			return err
		}
		if err := t.draw(); err != nil {
			return err
		}
	}
	if fitError != nil {
		return fitError
	}
	t.record.State = stateFinished
	diverged := t.diverged()
	if diverged != nil {
		t.record.State = stateDiverged
	}
	if err := t.record.write(t.dir); err != nil {
		return err
	}
	done := []string{lastFile}
	if t.history.BestEpoch == 0 {
		done = append(done, modelFile) // its weights aren't numbers
	}
	for _, f := range done {
		if err := os.Remove(t.path(f)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return diverged
}

// diverged is an error where the last epoch's loss is no longer a number.
func (t *training) diverged() error {
	n := len(t.history.Epochs)
	if n == 0 {
		return nil
	}
	if last := t.history.Epochs[n-1]; finite(float64(last.Loss)) && finite(float64(last.ValLoss)) {
		return nil
	}
	kept := "no epoch is worth keeping"
	if best := t.history.BestEpoch; best > 0 {
		kept = fmt.Sprintf("the model of epoch %d is kept in %s", best, t.path(modelFile))
	}
	return fmt.Errorf("training %s: the loss stopped being a number in epoch %d, as the weights grew without bounds; %s; try a smaller --learning-rate than %v",
		t.record.Model, n, kept, t.record.LearningRate)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// keeper writes down after every epoch what a run needs to be taken up again:
// first the history, then the model with its optimizer's state, which says how
// many epochs of the history count.
type keeper struct {
	recurve.NopCallback
	*training
	start time.Time
}

// OnTrainBegin implements [recurve.Callback].
func (k *keeper) OnTrainBegin(t *recurve.Training) error {
	if t.InitialEpoch > 0 {
		return nil
	}
	if err := k.save(0, nil); err != nil {
		return err
	}
	return k.record.write(k.dir)
}

// OnEpochBegin implements [recurve.Callback].
func (k *keeper) OnEpochBegin(*recurve.Training, int) error {
	k.start = time.Now()
	return nil
}

// OnEpochEnd implements [recurve.Callback].
func (k *keeper) OnEpochEnd(t *recurve.Training, n int, logs recurve.Logs) error {
	if !finite(logs["loss"]) {
		return nil // nothing to go on from
	}
	now := recurve.Epoch{Number: n, Logs: logs, Duration: time.Since(k.start)}
	k.history.set(&recurve.History{Epochs: append(t.History.Epochs[:n:n], now)})
	if err := writeJSON(k.path(historyFile), k.history); err != nil {
		return err
	}
	return k.save(n+1, logs)
}

func (k *keeper) save(epochs int, logs recurve.Logs) error {
	o := *k.model.Origin()
	o.Epoch, o.Logs = epochs, logs
	k.model.SetOrigin(&o)
	return keras.Save(k.path(lastFile), k.model)
}
