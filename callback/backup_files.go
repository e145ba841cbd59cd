package callback

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"recurve"
	"recurve/internal/atomicfile"
	"recurve/keras"
)

// A backup counts from the moment when training_metadata.json is renamed into
// place. It names the weights by their digest; until they are in their place,
// they are found as next.weights.h5.

// metadata is training_metadata.json.
type metadata struct {
	Epoch int    `json:"epoch"` // the next
	Batch int    `json:"batch"` // the last one seen in it, which Keras records, too
	Ours  *state `json:"recurve,omitempty"`
}

// state is what Keras does not keep.
type state struct {
	Weights       string        `json:"weights_sha256"`
	NextBatch     int           `json:"next_batch"`
	StepsPerEpoch int           `json:"steps_per_epoch"`
	Stopped       bool          `json:"stopped,omitempty"`
	History       []pastEpoch   `json:"history"`
	Best          []bestWeights `json:"best,omitempty"`
}

// bestWeights is the file with the best weights of an EarlyStopping.
type bestWeights struct {
	Callback int    `json:"callback"` // its place
	Epoch    int    `json:"epoch"`    // the best one
	Weights  string `json:"weights_sha256"`
}

// file is its name; another one for each epoch, as the backup before this one
// needs its own until this one counts.
func (b bestWeights) file() string {
	return fmt.Sprintf("%s%d-%d%s", bestPrefix, b.Callback, b.Epoch+1, keras.WeightsExtension)
}

// pastEpoch is a recurve.Epoch.
type pastEpoch struct {
	Number   int                 `json:"number"`
	Logs     map[string]anyFloat `json:"logs"`
	Duration time.Duration       `json:"nanoseconds"`
}

// anyFloat is a number in JSON, which has no form for what is not finite: that
// is a string.
type anyFloat float64

// MarshalJSON implements [json.Marshaler]. The digits give the same value again.
func (v anyFloat) MarshalJSON() ([]byte, error) {
	if f := float64(v); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return json.Marshal(f)
	}
	return strconv.AppendQuote(nil, strconv.FormatFloat(float64(v), 'g', -1, 64)), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (v *anyFloat) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	*v = anyFloat(f)
	return err
}

// errNoBackup says that there is none to go on from.
var errNoBackup = fmt.Errorf("no backup: %w", fs.ErrNotExist)

// restore takes up the backup whose files have the suffix.
func (c *BackupAndRestore) restore(t *recurve.Training, suffix string) error {
	b, err := os.ReadFile(c.path(metadataFile + suffix))
	if errors.Is(err, fs.ErrNotExist) {
		return errNoBackup
	}
	if err != nil {
		return err
	}
	var m metadata
	if err := json.Unmarshal(b, &m); err != nil {
		return fmt.Errorf("%s: %w", metadataFile+suffix, err)
	}
	if m.Epoch < 0 {
		return fmt.Errorf("%s: epoch: expected 0 or more, got %d", metadataFile+suffix, m.Epoch)
	}
	if m.Ours == nil { // Keras made it
		if err := loadState(c.path(latestFile+suffix), t.Model); err != nil {
			return err
		}
		t.InitialEpoch = m.Epoch
		return nil
	}
	return c.takeUp(t, m, suffix)
}

// takeUp restores a backup of ours.
func (c *BackupAndRestore) takeUp(t *recurve.Training, m metadata, suffix string) error {
	s := m.Ours
	if s.NextBatch > 0 && s.StepsPerEpoch != t.StepsPerEpoch || s.NextBatch < 0 {
		return fmt.Errorf("the backup is from batch %d of %d in epoch %d, but the epoch now has %d; use the data and the batch size that it was begun with",
			s.NextBatch, s.StepsPerEpoch, m.Epoch+1, t.StepsPerEpoch)
	}
	weights, err := c.find(s.Weights, suffix)
	if err != nil {
		return err
	}
	best := map[*EarlyStopping][][]float32{}
	for _, b := range s.Best {
		if b.Callback < 0 || b.Callback >= len(t.Callbacks) {
			continue
		}
		e, ok := t.Callbacks[b.Callback].(*EarlyStopping)
		if !ok {
			continue
		}
		if err := check(c.path(b.file()), b.Weights); err != nil {
			return err
		}
		if err := loadState(c.path(b.file()), t.Model); err != nil {
			return err
		}
		best[e] = t.Model.Weights()
	}
	if err := loadState(weights, t.Model); err != nil {
		return err
	}
	for e, w := range best {
		e.BestWeights = w
	}
	c.best = s.Best
	t.InitialEpoch, t.InitialBatch = m.Epoch, s.NextBatch
	t.History.Epochs = nil
	for _, p := range s.History {
		e := recurve.Epoch{Number: p.Number, Logs: recurve.Logs{}, Duration: p.Duration}
		for k, v := range p.Logs {
			e.Logs[k] = float64(v)
		}
		t.History.Epochs = append(t.History.Epochs, e)
	}
	if s.Stopped {
		t.Stop()
	}
	return nil
}

// find is the file with the weights of the digest, in its place.
func (c *BackupAndRestore) find(digest, suffix string) (string, error) {
	path := c.path(latestFile + suffix)
	err := check(path, digest)
	if err == nil {
		return path, nil
	}
	if suffix == "" && check(c.path(nextFile), digest) == nil {
		return path, os.Rename(c.path(nextFile), path)
	}
	return "", err
}

// check compares a file with its digest.
func check(path, digest string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != digest {
		return fmt.Errorf("%s is damaged, or not the one that the backup was made with: expected SHA-256 %s, got %s", path, digest, got)
	}
	return nil
}

// loadState sets the model's weights and the optimizer's state.
func loadState(path string, m *recurve.Model) error {
	var missed error
	err := keras.LoadWeights(path, m, keras.Options{Note: func(note string) { missed = fmt.Errorf("%s: %s", path, note) }})
	return errors.Join(err, missed)
}

// save makes a backup.
func (c *BackupAndRestore) save(t *recurve.Training, epoch, batch int) error {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return err
	}
	m := metadata{Epoch: epoch, Batch: max(batch-1, 0), Ours: &state{NextBatch: batch, StepsPerEpoch: t.StepsPerEpoch, Stopped: t.Stopped()}}
	for _, e := range t.History.Epochs {
		p := pastEpoch{Number: e.Number, Logs: map[string]anyFloat{}, Duration: e.Duration}
		for k, v := range e.Logs {
			p.Logs[k] = anyFloat(v)
		}
		m.Ours.History = append(m.Ours.History, p)
	}
	var err error
	if m.Ours.Weights, err = writeState(c.path(nextFile), t.Model); err != nil {
		return err
	}
	if m.Ours.Best, err = c.writeBest(t); err != nil {
		return err
	}
	old := c.best
	if !c.DoubleCheckpoint {
		old = nil
	} else if err := errors.Join(c.replace(latestFile+bkp, latestFile), c.replace(metadataFile+bkp, metadataFile)); err != nil {
		return err
	}
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := atomicfile.WriteFile(c.path(metadataFile), b); err != nil {
		return err
	}
	flush(c.Dir)
	c.best = m.Ours.Best
	if err := os.Rename(c.path(nextFile), c.path(latestFile)); err != nil {
		return err
	}
	c.sweep(slices.Concat(c.best, old))
	return nil
}

// writeBest writes the best weights of each EarlyStopping that are not in the
// last backup.
func (c *BackupAndRestore) writeBest(t *recurve.Training) ([]bestWeights, error) {
	var out []bestWeights
	for i, other := range t.Callbacks {
		e, ok := other.(*EarlyStopping)
		if !ok || !e.RestoreBestWeights || e.weights == nil {
			continue
		}
		b := bestWeights{Callback: i, Epoch: e.BestEpoch}
		if at := slices.IndexFunc(c.best, func(o bestWeights) bool { return o.Callback == b.Callback && o.Epoch == b.Epoch }); at >= 0 {
			out = append(out, c.best[at])
			continue
		}
		now := t.Model.Weights()
		if err := t.Model.SetWeights(e.weights); err != nil {
			return nil, err
		}
		var err error
		b.Weights, err = writeState(c.path(b.file()), t.Model)
		if err := errors.Join(err, t.Model.SetWeights(now)); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// writeState writes the model's weights and the optimizer's state and returns
// the file's digest.
func writeState(path string, m *recurve.Model) (string, error) {
	h := sha256.New()
	err := atomicfile.Write(path, func(w io.Writer) error {
		b := bufio.NewWriterSize(io.MultiWriter(w, h), 1<<20)
		if err := keras.WriteForm(b, m, keras.Weights); err != nil {
			return err
		}
		return b.Flush()
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// replace makes a copy of a file, if there is one.
func (c *BackupAndRestore) replace(to, from string) error {
	f, err := os.Open(c.path(from))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return atomicfile.Write(c.path(to), func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

// sweep removes best weights that no backup needs, and temporary files that a
// killed fit has left: each has a dot and the file's name in front.
func (c *BackupAndRestore) sweep(needed []bestWeights) {
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return // they may stay
	}
	for _, e := range entries {
		name := e.Name()
		ours := slices.ContainsFunc([]string{latestFile, nextFile, metadataFile, bestPrefix}, func(f string) bool { return strings.HasPrefix(name, "."+f) })
		if strings.HasPrefix(name, bestPrefix) && strings.HasSuffix(name, keras.WeightsExtension) {
			ours = !slices.ContainsFunc(needed, func(b bestWeights) bool { return b.file() == name })
		}
		if ours {
			_ = os.Remove(filepath.Join(c.Dir, name)) // or it stays
		}
	}
}

// flush makes renames in a folder durable, where the system can.
func flush(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
