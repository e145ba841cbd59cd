package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestWrite(t *testing.T) {
	for name, begin := range map[string]func(string) (File, error){
		"library":  Create,
		"standard": func(p string) (File, error) { return newReplacing(p) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			put := func(text string, commit bool) {
				t.Helper()
				f, err := begin(path)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.WriteString(f, text); err != nil {
					t.Fatal(err)
				}
				if commit {
					if err := f.Commit(); err != nil {
						t.Fatal(err)
					}
				}
				if err := f.Cleanup(); err != nil {
					t.Fatal(err)
				}
			}
			put("one", true)
			put("lost", false)
			put("two", true)
			if b, err := os.ReadFile(path); err != nil || string(b) != "two" {
				t.Errorf("read %q, %v; want two", b, err)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 1 {
				t.Errorf("%v, %v left in the folder, want one file", entries, err)
			}
		})
	}
}

func TestFailedWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := WriteFile(path, []byte("kept")); err != nil {
		t.Fatal(err)
	}
	bad := errors.New("bad")
	err := Write(path, func(w io.Writer) error {
		_, _ = w.Write([]byte("half"))
		return bad
	})
	if !errors.Is(err, bad) {
		t.Errorf("error %v, want %v", err, bad)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "kept" {
		t.Errorf("read %q, %v; want kept", b, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%v left in the folder, want one file", entries)
	}
	if err := WriteFile(filepath.Join(dir, "no", "such", "file"), nil); err == nil {
		t.Error("no error for a folder that is not there")
	}
}
