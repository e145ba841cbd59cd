package callback

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"recurve"
)

// BackupAndRestore keeps the state of a fit in a folder, so that a fit that was
// broken off, be it by kill -9 or the power, is taken up where it was when the
// same program is started again: it ends with the same weights, bit for bit, as
// one that was never broken off. The folder is removed when the fit ends.
//
// A backup has the weights, the optimizer's state, the history, which callbacks
// that watch a value learn from, and the best weights of an [EarlyStopping].
// It is made after what all other callbacks have done and restored before,
// whatever the place of this one among them. Its files are Keras', which can go
// on from them, and the other way round: latest.weights.h5, and
// training_metadata.json with the epoch and, for Recurve alone, the rest. They
// are replaced in one stroke.
//
// The model, the data and the options of the fit must be as before. A
// [CSVLogger] should write its file anew (not Append), which it does from the
// history.
type BackupAndRestore struct {
	recurve.NopCallback

	// Dir is the folder, of this fit alone; it is made where it is missing.
	// Needed.
	Dir string
	// SaveFreq is a number of batches after which to save; 0 saves after each
	// epoch. A fit that is taken up within an epoch does its other batches; the
	// epoch's own loss and metrics, but not those of the validation, are then of
	// these alone. (Keras does the epoch's batches a second time.)
	SaveFreq int
	// DoubleCheckpoint keeps the backup before the last one, too, as
	// latest.weights.h5.bkp and training_metadata.json.bkp, for when a file of
	// the last is damaged.
	DoubleCheckpoint bool
	// KeepCheckpoint leaves the folder there when the fit has ended (Keras:
	// delete_checkpoint=False). A later fit with more Epochs goes on from it.
	KeepCheckpoint bool

	batches int // since the last backup
	best    []bestWeights
}

// The files of a backup.
const (
	latestFile   = "latest.weights.h5"
	nextFile     = "next.weights.h5" // latestFile to be, where a backup was broken off
	metadataFile = "training_metadata.json"
	bestPrefix   = "best-"
	bkp          = ".bkp"
)

func (c *BackupAndRestore) path(name string) string { return filepath.Join(c.Dir, name) }

// Restore implements [recurve.Backup].
func (c *BackupAndRestore) Restore(t *recurve.Training) error {
	c.batches, c.best = 0, nil
	switch {
	case c.Dir == "":
		return errors.New("BackupAndRestore: no Dir given; name a folder for the backup")
	case c.SaveFreq < 0:
		return fmt.Errorf("BackupAndRestore: SaveFreq: expected a number of batches, or 0 for every epoch, got %d", c.SaveFreq)
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return fmt.Errorf("BackupAndRestore: Dir: %w", err)
	}
	before := t.Model.Weights()
	err := c.restore(t, "")
	if err != nil {
		older := c.restore(t, bkp)
		if older == nil { // it is the last one now
			older = errors.Join(c.replace(latestFile, latestFile+bkp), c.replace(metadataFile, metadataFile+bkp))
			if older == nil {
				return nil
			}
		}
		if !errors.Is(older, fs.ErrNotExist) {
			err = errors.Join(err, older)
		}
	}
	if err == nil || errors.Is(err, errNoBackup) {
		return nil
	}
	if undo := t.Model.SetWeights(before); undo != nil {
		err = errors.Join(err, undo)
	}
	return fmt.Errorf("BackupAndRestore: cannot go on from %s (remove it to begin anew): %w", c.Dir, err)
}

// Save implements [recurve.Backup].
func (c *BackupAndRestore) Save(t *recurve.Training, epoch, batch int) error {
	if c.batches++; c.SaveFreq == 0 && batch > 0 || c.batches < c.SaveFreq {
		return nil
	}
	c.batches = 0
	if err := c.save(t, epoch, batch); err != nil {
		return fmt.Errorf("BackupAndRestore: %w", err)
	}
	return nil
}

// Done implements [recurve.Backup]. Where it is broken off itself, there is a
// whole backup left, or none.
func (c *BackupAndRestore) Done(*recurve.Training) error {
	if c.KeepCheckpoint {
		return nil
	}
	for _, name := range []string{metadataFile + bkp, metadataFile, latestFile, latestFile + bkp, nextFile} {
		if err := os.Remove(c.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("BackupAndRestore: %w", err)
		}
	}
	c.sweep(nil)
	_ = os.Remove(c.Dir) // it stays where others have put files there
	return nil
}
