package cli

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// outcome is a run as far as it has come.
type outcome struct {
	dir     string
	record  record
	history history
}

func (o *outcome) path(file string) string { return filepath.Join(o.dir, file) }

// outcomeJSON is the result of a run for programs: history.json, and where
// things are.
type outcomeJSON struct {
	history
	State           string `json:"state"`
	Best            *epoch `json:"best"` // null: no epoch
	SecondsPerEpoch number `json:"seconds_per_epoch"`
	Out             string `json:"out"`
}

func (o *outcome) json() outcomeJSON {
	return outcomeJSON{history: o.history, State: o.record.State, Best: o.history.best(),
		SecondsPerEpoch: number(o.history.secondsPerEpoch()), Out: o.dir}
}

// results is the table of runs.
func (o *output) results(runs ...*outcome) {
	var rows [][]string
	for _, r := range runs {
		row := []string{r.record.Model, thousands(r.history.Params), "-", "-", "-", "-"}
		if best := r.history.best(); best != nil {
			row = append(row[:2], fmt.Sprintf("%d of %d", best.Epoch, len(r.history.Epochs)), decimals(best.ValLoss),
				decimals(best.ValAccuracy), fmt.Sprintf("%.2f", r.history.secondsPerEpoch()))
		}
		rows = append(rows, row)
	}
	o.table(append(words("model"), numbers("params", "best epoch", "val_loss", "val_accuracy", "s/epoch")...), rows)
}

// report tells the result of a run, as far as it came, and what to do next.
func (s *session) report(o *outcome, json, interrupted bool) error {
	if interrupted {
		s.gap() // below the line that was being drawn
	}
	if json {
		if err := s.json(o.json()); err != nil {
			return err
		}
	} else if len(o.history.Epochs) > 0 {
		s.gap()
		s.out.results(o)
		s.gap()
	}
	if interrupted {
		if len(o.history.Epochs) > 0 {
			s.note("The best model and the history of %s are in %s.", plural(len(o.history.Epochs), "epoch"), o.dir)
		}
		s.suggest("Go on with: recurve train --resume --out %s", quote(o.dir))
		return nil
	}
	s.note("In %s: %s (epoch %d), %s, %s, %s, %s, %s", o.dir, modelFile, o.history.BestEpoch, historyFile, tableFile,
		lossPicture, sharePicture, lengthsFile)
	s.suggest("Next: recurve predict %s \"one of the best films I have seen\"", quote(o.path(modelFile)))
	return nil
}

// quote writes a path so that a shell takes it for one word.
func quote(path string) string {
	if regexp.MustCompile(`^[\w@%+=:,./~-]+$`).MatchString(path) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// oneLine is an error on one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
