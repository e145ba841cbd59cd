package cli

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"recurve/plot"
)

// compareCmd is the command compare.
type compareCmd struct {
	Data     string   `arg:"" optional:"" help:"imdb or mini, or the path of an imdb.npz. Without it: imdb, or mini where that can't be had."`
	Models   []string `placeholder:"NAME,..." help:"Which of onehot, rnn, lstm, gru and bilstm (onehot,rnn,lstm,gru)."`
	flags    `embed:""`
	runFlags `embed:""`
}

// Help implements kong's HelpProvider.
func (compareCmd) Help() string {
	return "Trains each model as train does, with the same settings, split and seed, into a folder of its own inside the output folder, " +
		"which also gets compare.png.\n\nDefaults stand in parentheses."
}

// Run implements the command.
func (c *compareCmd) Run(s *session) error {
	if err := c.check(); err != nil {
		return err
	}
	var r record
	var data *corpus
	var err error
	if c.Resume {
		r, err = c.resume()
	} else {
		r, data, err = c.begin(s)
	}
	if err != nil {
		return err
	}
	done, err := c.each(s, r, data)
	if err != nil && !s.interrupted(err) {
		return err
	}
	if failed := c.report(s, r, done, err != nil); failed != nil {
		return failed
	}
	return err
}

// begin settles a new comparison and makes its folder.
func (c *compareCmd) begin(s *session) (r record, data *corpus, err error) {
	models := c.Models
	if len(models) == 0 {
		models = []string{"onehot", "rnn", "lstm", "gru"}
	}
	for i, m := range models {
		switch {
		case !slices.Contains(modelNames(), m):
			return r, nil, usagef("--models %s: expected some of %s", m, strings.Join(modelNames(), ", "))
		case slices.Contains(models[:i], m):
			return r, nil, usagef("--models: %s is named twice", m)
		}
	}
	err = s.withData(c.Data, func(name, path string) error {
		st := defaults(name)
		st.Path, st.Model = path, ""
		c.apply(&st)
		if err := st.check(); err != nil {
			return err
		}
		r = newRecord(st)
		data, err = s.open(name, path, st.Vocab, trainOnly)
		if err == nil && name == miniName {
			c.sayDefaults(s, defaults(name))
		}
		return err
	})
	if err != nil {
		return r, nil, err
	}
	r.Models, r.Threads = models, c.Threads
	if c.Out, err = runFolder(c.Out, r.Data+"-compare"); err != nil {
		return r, nil, err
	}
	return r, data, r.write(c.Out)
}

// resume reads what the folder says about a comparison that was broken off.
func (c *compareCmd) resume() (record, error) {
	data := c.Data
	if c.Out == "" {
		c.Out, data = c.Data, ""
	}
	if c.Out == "" {
		return record{}, usagef("--resume: which comparison? Name its folder with --out")
	}
	r, err := readRecord(c.Out)
	switch {
	case err != nil:
		return r, err
	case r.Models == nil:
		return r, usagef("%s holds a run of train: go on with it by recurve train --resume --out %s", c.Out, quote(c.Out))
	case len(c.Models) > 0 && !slices.Equal(c.Models, r.Models):
		return r, usagef("%s: the comparison was begun with --models %s; leave that out to go on with it, or begin a new one",
			c.Out, strings.Join(r.Models, ","))
	}
	now := r.settings
	if data != "" {
		if now.Data, now.Path, err = dataArgument(data); err != nil {
			return r, err
		}
	}
	c.apply(&now)
	return r, checkResume(c.Out, r.settings, now)
}

// each trains the models that are not trained yet. data is nil where it is not
// open.
func (c *compareCmd) each(s *session, r record, data *corpus) ([]*outcome, error) {
	var done []*outcome
	said := false
	for _, name := range r.Models {
		t, err := c.one(s, r, name, data)
		if err != nil {
			return done, err
		}
		if t.record.State != stateFinished {
			if !said {
				t.announceData()
			}
			said = true
			t.announce()
			err = t.run()
		}
		if len(t.history.Epochs) > 0 {
			done = append(done, &t.outcome)
		}
		if err != nil {
			return done, err
		}
	}
	if r.State == stateFinished {
		s.note("The comparison in %s is finished; there is nothing to go on with.", c.Out)
		return done, nil
	}
	r.State = stateFinished
	return done, r.write(c.Out)
}

// one makes the training of one model ready.
func (c *compareCmd) one(s *session, r record, name string, data *corpus) (*training, error) {
	dir := filepath.Join(c.Out, name)
	if c.Resume {
		begun, err := readRecord(dir)
		if err == nil {
			return s.resume(dir, begun, c.Threads)
		}
		if _, missing := os.Stat(filepath.Join(dir, settingsFile)); !errors.Is(missing, fs.ErrNotExist) {
			return nil, err
		}
	}
	st := r.settings
	st.Model = name
	t, err := s.newTraining(st, data, cmp.Or(c.Threads, r.Threads))
	if err != nil {
		return nil, err
	}
	t.dir = dir
	return t, os.MkdirAll(dir, 0o755)
}

// report prints and draws the models trained so far.
func (c *compareCmd) report(s *session, r record, done []*outcome, interrupted bool) error {
	if len(done) > 0 {
		if err := c.draw(r, done); err != nil {
			return err
		}
	}
	if interrupted {
		s.gap() // below the line that was being drawn
	}
	if c.JSON {
		out := struct {
			Data   string        `json:"data"`
			Out    string        `json:"out"`
			Models []outcomeJSON `json:"models"`
		}{r.Data, c.Out, []outcomeJSON{}}
		for _, o := range done {
			out.Models = append(out.Models, o.json())
		}
		if err := s.json(out); err != nil {
			return err
		}
	} else if len(done) > 0 {
		s.gap()
		s.out.results(done...)
		s.gap()
	}
	if interrupted {
		s.suggest("Go on with: recurve compare --resume --out %s", quote(c.Out))
		return nil
	}
	s.note("In %s: %s, and a folder for each model", c.Out, comparison)
	best := slices.MinFunc(done, compareLoss)
	s.suggest("Next: recurve predict %s \"one of the best films I have seen\"", quote(best.path(modelFile)))
	return nil
}

// compareLoss orders runs by their best validation loss.
func compareLoss(a, b *outcome) int {
	switch x, y := a.history.best(), b.history.best(); {
	case x == nil || y == nil:
		return 0
	case x.ValLoss < y.ValLoss:
		return -1
	case x.ValLoss > y.ValLoss:
		return 1
	}
	return 0
}

func (c *compareCmd) draw(r record, done []*outcome) error {
	p := plot.Comparison{Title: "validation loss on " + r.Data}
	for _, o := range done {
		run := plot.Run{Name: o.record.Model, Best: o.history.BestEpoch}
		for _, e := range o.history.Epochs {
			run.Loss = append(run.Loss, float64(e.ValLoss))
		}
		p.Runs = append(p.Runs, run)
	}
	return plot.Compare(filepath.Join(c.Out, comparison), p)
}
