package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"recurve/internal/atomicfile"
	"recurve/keras"
)

// resume makes the run in dir ready to go on where it was broken off. Where
// threads is not 0, it may be another number than before: the result does not
// depend on it.
func (s *session) resume(dir string, r record, threads int) (*training, error) {
	t := &training{s: s, outcome: outcome{dir: dir, record: r}}
	if err := errors.Join(checkModel(r.Model), r.check()); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", t.path(settingsFile), err)
	}
	err := readJSON(t.path(historyFile), &t.history)
	switch r.State {
	case stateFinished:
		return t, err
	case stateDiverged:
		return nil, errors.Join(err, t.diverged())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // before the first epoch there is none
		return nil, fmt.Errorf("the run can't go on: %w", err)
	}
	if t.model, err = keras.Load(t.path(lastFile)); err != nil {
		return nil, fmt.Errorf("the run can't go on: %w", err)
	}
	t.model.SetThreads(cmp.Or(threads, r.Threads))
	origin := t.model.Origin()
	if origin == nil || t.model.Optimizer() == nil {
		return nil, fmt.Errorf("the run can't go on: %s is not the model of a run", t.path(lastFile))
	}
	if len(t.history.Epochs) < origin.Epoch {
		return nil, fmt.Errorf("the run can't go on: %s has %d epochs, but %s comes after epoch %d",
			t.path(historyFile), len(t.history.Epochs), t.path(lastFile), origin.Epoch)
	}
	t.earlier = t.history.first(origin.Epoch)
	if err := t.prepare(nil); err != nil {
		return nil, err
	}
	sweep(dir)
	if err := t.mend(); err != nil {
		return nil, err
	}
	return t, nil
}

// mend puts the best epoch's model in its place where the run was broken off
// just before: it is the last one then.
func (t *training) mend() error {
	best, epochs := t.history.BestEpoch, len(t.earlier.Epochs)
	if best != epochs || best == 0 {
		return nil
	}
	b, err := os.ReadFile(t.path(lastFile))
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(t.path(modelFile), b)
}

// checkResume makes sure that the flags of this call don't contradict those
// that the run was begun with.
func checkResume(dir string, stored, now settings) error {
	if d := stored.differences(now); len(d) > 0 {
		return usagef("%s: the run was begun with other settings: %s; leave that out to go on with it, or begin a new run",
			dir, strings.Join(d, ", "))
	}
	return nil
}

// sweep removes temporary files that a killed run has left in its folder: each
// has a dot and the file's name in front.
func sweep(dir string) {
	for _, file := range []string{modelFile, lastFile, settingsFile, historyFile, lossPicture, sharePicture, lengthsFile} {
		left, err := filepath.Glob(filepath.Join(dir, "."+file+"*"))
		if err != nil {
			return // a folder whose name is a pattern: they may stay
		}
		for _, f := range left {
			_ = os.Remove(f) // or it stays
		}
	}
}
