package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"recurve"
	"recurve/internal/atomicfile"
	"recurve/metric"
)

// The files in a run's folder.
const (
	modelFile    = "model.keras"   // the best epoch
	lastFile     = "last.keras"    // the last epoch, while the run isn't finished
	settingsFile = "settings.json" // a record
	historyFile  = "history.json"  // a history
	tableFile    = "history.csv"
	lossPicture  = "loss.png"
	sharePicture = "accuracy.png"
	lengthsFile  = "lengths.png"
	comparison   = "compare.png"
)

// record is what a run's folder says about the run.
type record struct {
	settings
	// Models are those of a comparison; each has its own folder inside.
	Models   []string  `json:"models,omitempty"`
	Threads  int       `json:"threads,omitempty"` // 0: all processors
	State    string    `json:"state"`
	Started  time.Time `json:"started"`
	Software string    `json:"software"`
}

// The states of a run.
const (
	stateRunning  = "running" // or broken off
	stateFinished = "finished"
	stateDiverged = "diverged" // the loss was no longer a number
)

func newRecord(st settings) record {
	return record{settings: st, State: stateRunning, Started: time.Now().UTC().Truncate(time.Second), Software: software}
}

func (r record) write(dir string) error { return writeJSON(filepath.Join(dir, settingsFile), r) }

func readRecord(dir string) (record, error) {
	var r record
	err := readJSON(filepath.Join(dir, settingsFile), &r)
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("%s holds no run to go on with: there is no %s in it", dir, settingsFile)
	}
	return r, err
}

// history is the file history.json.
type history struct {
	Data      string  `json:"data"`
	Model     string  `json:"model"`
	Params    int     `json:"params"`
	Seed      uint32  `json:"seed"`
	Kernel    string  `json:"kernel"`
	Threads   int     `json:"threads"`
	Epochs    []epoch `json:"epochs"`
	BestEpoch int     `json:"best_epoch"` // by validation loss; 0 where there is none
}

// epoch is a row of history.json. Epochs count from 1.
type epoch struct {
	Epoch       int    `json:"epoch"`
	Loss        number `json:"loss"`
	Accuracy    number `json:"accuracy"`
	ValLoss     number `json:"val_loss"`
	ValAccuracy number `json:"val_accuracy"`
	Seconds     number `json:"seconds"` // validation included
}

// set takes over the epochs of a fit.
func (h *history) set(from *recurve.History) {
	h.Epochs = []epoch{}
	for _, e := range from.Epochs {
		h.Epochs = append(h.Epochs, newEpoch(e))
	}
	h.BestEpoch = 0
	if best, ok := from.Best("val_loss", metric.Down); ok {
		h.BestEpoch = best.Number + 1
	}
}

func newEpoch(e recurve.Epoch) epoch {
	at := func(name string) number { return number(e.Logs[name]) }
	return epoch{Epoch: e.Number + 1, Loss: at("loss"), Accuracy: at("accuracy"), ValLoss: at("val_loss"),
		ValAccuracy: at("val_accuracy"), Seconds: number(e.Duration.Seconds())}
}

// first is the history of the first n epochs, for a fit to go on from.
func (h *history) first(n int) *recurve.History {
	out := &recurve.History{}
	for _, e := range h.Epochs[:min(n, len(h.Epochs))] {
		out.Epochs = append(out.Epochs, recurve.Epoch{
			Number: e.Epoch - 1, Duration: time.Duration(float64(e.Seconds) * float64(time.Second)),
			Logs: recurve.Logs{"loss": float64(e.Loss), "accuracy": float64(e.Accuracy),
				"val_loss": float64(e.ValLoss), "val_accuracy": float64(e.ValAccuracy)},
		})
	}
	return out
}

// best is the best epoch; nil where there is none.
func (h *history) best() *epoch {
	if h.BestEpoch == 0 {
		return nil
	}
	return &h.Epochs[h.BestEpoch-1]
}

// secondsPerEpoch is the mean.
func (h *history) secondsPerEpoch() float64 {
	sum := 0.0
	for _, e := range h.Epochs {
		sum += float64(e.Seconds)
	}
	return sum / float64(max(len(h.Epochs), 1))
}

// runFolder makes the folder of a new run. Where out names none, it is
// runs/DATE-NAME, never one that exists.
func runFolder(out, name string) (string, error) {
	if out != "" {
		return out, freshFolder(out)
	}
	if err := os.MkdirAll("runs", 0o755); err != nil {
		return "", outError("runs", err)
	}
	base := filepath.Join("runs", time.Now().Format("20060102-150405")+"-"+name)
	dir := base
	for i := 2; ; i++ {
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", outError(dir, err)
		}
		dir = fmt.Sprintf("%s-%d", base, i)
	}
}

// freshFolder makes sure that dir is an empty folder which can be written to.
func freshFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return outError(dir, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return outError(dir, err)
	}
	for _, e := range entries {
		if e.Name() == settingsFile {
			return fmt.Errorf("--out %s holds another run: go on with it by --resume, or name another folder", dir)
		}
	}
	if len(entries) > 0 {
		return fmt.Errorf("--out %s is not empty: name a new folder, so that nothing is overwritten", dir)
	}
	return writable(dir)
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".write*")
	if err != nil {
		return outError(dir, err)
	}
	f.Close()
	return os.Remove(f.Name())
}

// outError says why a folder can't be written to.
func outError(dir string, err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return fmt.Errorf("--out %s can't be written to: %w; name another folder", dir, err)
}

func writeJSON(path string, v any) error {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	if err := atomicfile.WriteFile(path, []byte(b.String())); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s is damaged: %w", path, err)
	}
	return nil
}
