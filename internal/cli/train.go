package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// trainCmd is the command train.
type trainCmd struct {
	Data     string  `arg:"" optional:"" help:"imdb or mini, or the path of an imdb.npz. Without it: imdb, or mini where that can't be had."`
	Model    *string `placeholder:"NAME" help:"onehot, rnn, lstm, gru or bilstm, or a .keras or .h5 file to start from (lstm)."`
	flags    `embed:""`
	runFlags `embed:""`
}

// runFlags are where and how a run is done.
type runFlags struct {
	Out     string `placeholder:"DIR" help:"Folder for the model, its history and pictures (runs/DATE-DATA-MODEL)."`
	Resume  bool   `help:"Go on with the run in --out, as if it had never been broken off."`
	Threads int    `placeholder:"N" help:"Threads that work on a batch (all processors); the result does not depend on it."`
	JSON    bool   `name:"json" help:"Print the result as JSON."`
}

// Help implements kong's HelpProvider.
func (trainCmd) Help() string {
	return "Trains to early stopping and leaves in the output folder model.keras (the best epoch; Keras opens it), " +
		"history.json, history.csv, loss.png, accuracy.png and lengths.png. Ctrl-C keeps what there is, and --resume goes on.\n\n" +
		"Defaults stand in parentheses."
}

// Run implements the command.
func (c *trainCmd) Run(s *session) error {
	t, err := c.begin(s)
	if err != nil {
		return err
	}
	if t.record.State == stateFinished {
		s.note("The run in %s is finished; there is nothing to go on with.", t.dir)
		return s.report(&t.outcome, c.JSON, false)
	}
	t.announceData()
	t.announce()
	err = t.run()
	if err != nil && !s.interrupted(err) {
		return err
	}
	if failed := s.report(&t.outcome, c.JSON, err != nil); failed != nil {
		return failed
	}
	return err
}

// begin makes a run ready: a new one, or that in --out.
func (c *trainCmd) begin(s *session) (*training, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Resume {
		return c.resume(s)
	}
	var t *training
	err := s.withData(c.Data, func(name, path string) error {
		st, err := c.settings(name, path)
		if err != nil {
			return err
		}
		t, err = s.newTraining(st, nil, c.Threads)
		if err == nil && name == miniName {
			c.sayDefaults(s, defaults(name))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	name := t.record.Data + "-" + strings.TrimSuffix(filepath.Base(t.record.Model), ".keras")
	t.dir, err = runFolder(c.Out, name)
	return t, err
}

func (c *runFlags) check() error {
	if c.Threads < 0 {
		return usagef("--threads %d: expected 0 (all processors) or more", c.Threads)
	}
	return nil
}

// settings are the defaults of a data set and the flags over them.
func (c *trainCmd) settings(name, path string) (settings, error) {
	st := defaults(name)
	st.Path = path
	if c.Model != nil {
		st.Model = *c.Model
	}
	if isModelFile(st.Model) {
		if given := c.shape(); len(given) > 0 {
			return st, usagef("%s: that follows from the model in %s; leave it out", strings.Join(given, ", "), st.Model)
		}
		st.Units, st.Embedding, st.Vocab, st.MaxLen = 0, 0, 0, 0
	}
	c.apply(&st)
	return st, errors.Join(checkModel(st.Model), st.check())
}

// resume makes the run in --out ready to go on; the folder may also stand in
// DATA's place.
func (c *trainCmd) resume(s *session) (*training, error) {
	dir, data := c.Out, c.Data
	if dir == "" {
		dir, data = c.Data, ""
	}
	if dir == "" {
		return nil, usagef("--resume: which run? Name its folder with --out")
	}
	r, err := readRecord(dir)
	switch {
	case err != nil:
		return nil, err
	case r.Models != nil:
		return nil, usagef("%s holds a comparison: go on with it by recurve compare --resume --out %s", dir, quote(dir))
	}
	now := r.settings
	if data != "" {
		if now.Data, now.Path, err = dataArgument(data); err != nil {
			return nil, err
		}
	}
	if c.Model != nil {
		now.Model = *c.Model
	}
	c.apply(&now)
	if err := checkResume(dir, r.settings, now); err != nil {
		return nil, err
	}
	return s.resume(dir, r, c.Threads)
}

// withData calls use with the data set that DATA names. Without DATA it is
// IMDB, and where that can't be had, the small corpus.
func (s *session) withData(arg string, use func(name, path string) error) error {
	if arg != "" {
		name, path, err := dataArgument(arg)
		if err != nil {
			return err
		}
		return use(name, path)
	}
	err := use(imdbName, "")
	if isMissing(err) {
		s.note("The IMDB reviews can't be had, so this is mini, the small corpus that is part of recurve. (%s)", oneLine(err))
		return use(miniName, "")
	}
	return err
}

// sayDefaults names the defaults for the small corpus that are not the
// text-book's, where no flag says otherwise.
func (f *flags) sayDefaults(s *session, d settings) {
	book, mine := defaults(imdbName), d
	f.apply(&mine)
	now, given := d.list(), mine.list()
	var own []string
	for i, b := range book.list() {
		if b.name != "--data" && b.value != now[i].value && given[i].value == now[i].value {
			own = append(own, fmt.Sprint(b.name, " ", now[i].value))
		}
	}
	if len(own) > 0 {
		s.note("mini is small and gets its own defaults: %s", strings.Join(own, " "))
	}
}

// announce says what is about to be trained.
func (t *training) announce() {
	st := t.record.settings
	t.s.note("%s: %s; %s %v, batches of %d, %s; into %s", st.Model, plural(t.model.CountParams(), "parameter"),
		st.Optimizer, st.LearningRate, st.BatchSize, plural(t.model.Threads(), "thread"), t.dir)
	if n := len(t.earlier.Epochs); n > 0 {
		t.s.note("going on after epoch %d", n)
	}
}

// announceData says what it is about to be trained on.
func (t *training) announceData() {
	t.s.note("%s: %s to train on, %s to validate with, the last %d words of each",
		t.record.Data, plural(t.train.N, "review"), thousands(t.val.N), t.train.Steps)
}

// interrupted reports whether err is that of an interrupt.
func (s *session) interrupted(err error) bool {
	return s.ctx.Err() != nil && errors.Is(err, s.ctx.Err())
}
