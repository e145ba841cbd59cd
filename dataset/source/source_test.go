package source

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rooms is a machine of its own for a test: a working folder below one with a
// configuration file, and no folders in the environment.
type rooms struct{ root, work, env, listed, cache string }

func newRooms(t *testing.T) rooms {
	t.Helper()
	root := t.TempDir()
	r := rooms{
		root: root, work: filepath.Join(root, "project", "deep", "er"), env: filepath.Join(root, "env"),
		listed: filepath.Join(root, "shared", "data"), cache: filepath.Join(root, "cache"),
	}
	for _, dir := range []string{r.work, r.env, r.listed, r.cache} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(root, "project", ConfigFile), `data = ["../shared/data", "nowhere"]`)
	t.Setenv(EnvFolders, filepath.Join(root, "gone")+string(os.PathListSeparator)+r.env)
	t.Chdir(r.work)
	return r
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// found is the content of the file that Use comes to.
func found(o Options, f File) (string, error) {
	var content string
	err := o.Use(context.Background(), f, func(path string) error {
		b, err := os.ReadFile(path)
		content = string(b)
		return err
	})
	return content, err
}

func expect(t *testing.T, err error, want ...string) {
	t.Helper()
	for _, w := range want {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%v\nwant %q", err, w)
		}
	}
}

func TestOrder(t *testing.T) {
	r := newRooms(t)
	f := File{Name: "d.npz"}
	o := Options{Offline: true, CacheDir: r.cache}

	_, err := found(o, f)
	var missing *NotFoundError
	if !errors.As(err, &missing) || missing.Name != "d.npz" || missing.Fetch != nil {
		t.Fatalf("nowhere: %v", err)
	}
	expect(t, err, "d.npz was not found (no "+filepath.Join(r.root, "gone", "d.npz"), filepath.Join(r.env, "d.npz"),
		filepath.Join(r.listed, "d.npz"), filepath.Join(r.root, "project", "nowhere", "d.npz"), filepath.Join(r.cache, "d.npz"),
		"switched off", "name that folder in RECURVE_DATA")
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %v", err)
	}

	// From the last place to the first; each hides those before.
	for _, place := range []string{r.cache, r.listed, r.env} {
		write(t, filepath.Join(place, "d.npz"), "from "+place)
		if got, err := found(o, f); err != nil || got != "from "+place {
			t.Errorf("%q %v, want it from %s", got, err, place)
		}
	}
	given := filepath.Join(r.root, "mine.npz")
	write(t, given, "mine")
	o.Path = given
	if got, err := found(o, f); err != nil || got != "mine" {
		t.Errorf("a path: %q %v", got, err)
	}
	o.Path = r.listed
	if got, err := found(o, f); err != nil || got != "from "+r.listed {
		t.Errorf("a folder: %q %v", got, err)
	}
}

func TestGivenPathIsTheOnlyOne(t *testing.T) {
	r := newRooms(t)
	write(t, filepath.Join(r.env, "d.npz"), "x")
	f := File{Name: "d.npz"}
	_, err := found(Options{Path: filepath.Join(r.root, "no.npz"), CacheDir: r.cache}, f)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	_, err = found(Options{Path: r.listed, CacheDir: r.cache}, f)
	expect(t, err, "no "+filepath.Join(r.listed, "d.npz"))
	var missing *NotFoundError
	if errors.As(err, &missing) {
		t.Errorf("a wrong path is not the same as a file that is nowhere: %v", err)
	}
}

func TestCompanion(t *testing.T) {
	r := newRooms(t)
	f := File{Name: "index.json", Companion: true}
	o := Options{Offline: true, CacheDir: r.cache, Path: filepath.Join(r.listed, "d.npz")}
	write(t, o.Path, "d")
	_, err := found(o, f)
	expect(t, err, "not beside "+o.Path)
	write(t, filepath.Join(r.env, "index.json"), "env")
	if got, err := found(o, f); err != nil || got != "env" {
		t.Errorf("elsewhere: %q %v", got, err)
	}
	write(t, filepath.Join(r.listed, "index.json"), "beside")
	if got, err := found(o, f); err != nil || got != "beside" {
		t.Errorf("beside: %q %v", got, err)
	}
	o.Path = r.listed
	if got, err := found(o, f); err != nil || got != "beside" {
		t.Errorf("a folder: %q %v", got, err)
	}
	o.Path = filepath.Join(r.root, "other.json")
	write(t, o.Path, "other")
	if got, err := found(o, f); err != nil || got != "other" {
		t.Errorf("itself: %q %v", got, err)
	}
}

func TestConfigErrors(t *testing.T) {
	r := newRooms(t)
	o := Options{Offline: true, CacheDir: r.cache}
	config := filepath.Join(r.root, "project", ConfigFile)
	for _, text := range []string{`data = [`, `data = "one"`, `data = [3]`} {
		write(t, config, text)
		_, err := found(o, File{Name: "d.npz"})
		expect(t, err, config)
	}
	write(t, config, "other = 1\n")
	_, err := found(o, File{Name: "d.npz"})
	expect(t, err, "was not found")
	if err := os.Remove(config); err != nil {
		t.Fatal(err)
	}
	t.Setenv(EnvFolders, "")
	_, err = found(o, File{Name: "d.npz"})
	expect(t, err, "RECURVE_DATA is not set", "no recurve.toml in "+r.work+" or above")
}

func TestNotAFile(t *testing.T) {
	r := newRooms(t)
	dir := filepath.Join(r.env, "d.npz")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := found(Options{Offline: true, CacheDir: r.cache}, File{Name: "d.npz"})
	expect(t, err, dir+" is not a file")
}
