package callback

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"recurve"
	"recurve/keras"
)

// ModelCheckpoint saves the model during a fit, as a .keras file that is
// replaced in one stroke.
type ModelCheckpoint struct {
	recurve.NopCallback

	// Path of the file, which must end with .keras. {epoch} (from 1), {batch}
	// and the names of logs are filled in, with an optional Python format:
	// "lstm-{epoch:02d}-{val_loss:.4f}.keras". Missing folders are made.
	Path string
	// Monitor is the value that SaveBestOnly watches; default "val_loss".
	Monitor string
	// SaveBestOnly saves only when Monitor is better than ever before in this
	// callback's life: it is not reset between fits.
	SaveBestOnly bool
	// Mode is the direction of improvement; default by the value's kind.
	Mode Mode
	// InitialValueThreshold, where not nil, is a value to be beaten first.
	InitialValueThreshold *float64
	// SaveFreq is a number of batches after which to save; 0 saves after each
	// epoch.
	SaveFreq int
	// Log, where not nil, receives Keras' messages.
	Log io.Writer

	monitor *monitor
	epoch   int
	batches int // since the last save, with SaveFreq
}

// OnTrainBegin implements [recurve.Callback].
func (c *ModelCheckpoint) OnTrainBegin(t *recurve.Training) error {
	if !strings.HasSuffix(c.Path, ".keras") {
		return fmt.Errorf("ModelCheckpoint: Path: expected a name that ends with .keras, got %q", c.Path)
	}
	if c.SaveFreq < 0 {
		return fmt.Errorf("ModelCheckpoint: SaveFreq: expected a number of batches, or 0 for every epoch, got %d", c.SaveFreq)
	}
	if c.SaveFreq > 0 && c.batches == 0 {
		c.batches = (t.InitialEpoch*t.StepsPerEpoch + t.InitialBatch) % c.SaveFreq
	}
	if !c.SaveBestOnly || c.monitor != nil {
		return nil
	}
	var err error
	if c.monitor, err = newMonitor(t, "ModelCheckpoint", or(c.Monitor, "val_loss"), c.Mode, 0); err != nil {
		return err
	}
	if c.InitialValueThreshold != nil {
		c.monitor.set(*c.InitialValueThreshold)
	}
	for _, e := range t.History.Epochs {
		if v, ok := e.Logs[c.monitor.name]; ok && c.monitor.improves(v) {
			c.monitor.set(v)
		}
	}
	return nil
}

// OnEpochBegin implements [recurve.Callback].
func (c *ModelCheckpoint) OnEpochBegin(_ *recurve.Training, epoch int) error {
	c.epoch = epoch
	return nil
}

// OnTrainBatchEnd implements [recurve.Callback].
func (c *ModelCheckpoint) OnTrainBatchEnd(t *recurve.Training, batch int, logs recurve.Logs) error {
	if c.SaveFreq == 0 {
		return nil
	}
	if c.batches++; c.batches < c.SaveFreq {
		return nil
	}
	c.batches = 0
	return c.save(t, batch, logs)
}

// OnEpochEnd implements [recurve.Callback].
func (c *ModelCheckpoint) OnEpochEnd(t *recurve.Training, _ int, logs recurve.Logs) error {
	if c.SaveFreq > 0 {
		return nil
	}
	return c.save(t, t.StepsPerEpoch-1, logs)
}

func (c *ModelCheckpoint) save(t *recurve.Training, batch int, logs recurve.Logs) error {
	path, err := fillIn(c.Path, c.epoch, batch, logs)
	if err != nil {
		return fmt.Errorf("ModelCheckpoint: Path: %w", err)
	}
	if !c.wanted(path, logs) {
		return nil
	}
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("ModelCheckpoint: %w", err)
		}
	}
	noteOrigin(t, c.epoch, logs)
	if err := keras.Save(path, t.Model); err != nil {
		return fmt.Errorf("ModelCheckpoint: %w", err)
	}
	c.say("finished saving model to %s", path)
	return nil
}

// wanted decides whether to save, and says so.
func (c *ModelCheckpoint) wanted(path string, logs recurve.Logs) bool {
	if !c.SaveBestOnly {
		c.say("saving model to %s", path)
		return true
	}
	v, ok := logs[c.monitor.name]
	if !ok {
		if c.Log != nil {
			fmt.Fprintf(c.Log, "Can save best model only with %s available.\n", c.monitor.name)
		}
		return true
	}
	best := "None"
	if c.monitor.seen {
		best = fixed(c.monitor.best)
	}
	if !c.monitor.improves(v) {
		c.say("%s did not improve from %s", c.monitor.name, best)
		return false
	}
	c.say("%s improved from %s to %s, saving model to %s", c.monitor.name, best, fixed(v), path)
	c.monitor.set(v)
	return true
}

// fixed is Python's "%.5f".
func fixed(v float64) string { return strings.ToLower(fmt.Sprintf("%.5f", v)) }

func (c *ModelCheckpoint) say(format string, args ...any) {
	if c.Log != nil {
		fmt.Fprintf(c.Log, "\nEpoch %d: %s\n", c.epoch+1, fmt.Sprintf(format, args...))
	}
}

// noteOrigin brings the epoch and logs in the model's Origin up to date.
func noteOrigin(t *recurve.Training, epoch int, logs recurve.Logs) {
	o := t.Model.Origin()
	if o == nil {
		return
	}
	now := *o
	now.Epoch, now.Logs = epoch+1, recurve.Logs{}
	for k, v := range logs {
		now.Logs[k] = v
	}
	t.Model.SetOrigin(&now)
}

// fillIn fills {epoch}, {batch} and {a log's name} into a path, each with an
// optional Python format such as :02d or :.4f.
func fillIn(path string, epoch, batch int, logs recurve.Logs) (string, error) {
	var bad error
	out := regexp.MustCompile(`\{[^{}]*\}`).ReplaceAllStringFunc(path, func(field string) string {
		name, format, _ := strings.Cut(strings.Trim(field, "{}"), ":")
		text, err := "", fmt.Errorf("%q names no value; known: epoch, batch and the logs", field)
		if v, ok := logs[name]; ok {
			text, err = pythonFormat(format, "feg", v)
		} else if n, ok := map[string]int{"epoch": epoch + 1, "batch": batch + 1}[name]; ok {
			text, err = pythonFormat(format, "d", n)
		}
		bad = errors.Join(bad, err)
		return text
	})
	return out, bad
}

// pythonFormat is the part of Python's format language that file names need: a
// width, zeros in front, a precision and one of the verbs.
func pythonFormat(format, verbs string, v any) (string, error) {
	if format == "" {
		return fmt.Sprint(v), nil
	}
	m := regexp.MustCompile(`^(0?\d*(?:\.\d+)?)([a-z]?)$`).FindStringSubmatch(format)
	if len(m) == 0 || !strings.Contains(verbs, m[2]) || verbs == "d" && strings.Contains(m[1], ".") {
		return "", fmt.Errorf("the format %q is not supported here", format)
	}
	verb := m[2]
	if verb == "" {
		verb = verbs[len(verbs)-1:]
	}
	return fmt.Sprintf("%"+m[1]+verb, v), nil
}
