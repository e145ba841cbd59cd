//go:build !windows

package atomicfile

import (
	"path/filepath"

	"github.com/google/renameio/v2"
)

type pending struct{ *renameio.PendingFile }

// Commit implements [File].
func (p pending) Commit() error { return p.CloseAtomicallyReplace() }

func create(path string) (File, error) {
	// The folder of the file itself, whatever TMPDIR says: a rename must not
	// cross file systems, and a failed write leaves nothing elsewhere.
	f, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithPermissions(0o644))
	if err != nil {
		return nil, err
	}
	return pending{f}, nil
}
