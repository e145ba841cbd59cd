package imdb

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"recurve/dataset/source"
)

// TestArrange compares with Keras' load_data on a small file of the same form,
// which needs no real data. See tools/oracle/data_imdb.py.
func TestArrange(t *testing.T) {
	b, err := os.ReadFile("testdata/tiny.npz")
	if err != nil {
		t.Fatal(err)
	}
	j, err := os.ReadFile("testdata/tiny.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Options map[string]*int64
		X, XT   [][]int32
		Y, YT   []float32
		Error   string
	}
	if err := json.Unmarshal(j, &cases); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, want := range cases {
		s, err := options(t, "", want.Options).settings()
		if err != nil {
			t.Fatal(err)
		}
		r, err := unpack(b, true)
		if err != nil {
			t.Fatal(err)
		}
		train, test, err := s.arrange(r)
		if want.Error != "" {
			failed++
			expect(t, err, "no review is shorter than MaxLen 1")
			continue
		}
		if err != nil {
			t.Errorf("%v: %v", want.Options, err)
			continue
		}
		if !slices.EqualFunc(train.X, want.X, slices.Equal) || !slices.Equal(train.Y, want.Y) {
			t.Errorf("%v: training %v %v, want %v %v", want.Options, train.X, train.Y, want.X, want.Y)
		}
		if !slices.EqualFunc(test.X, want.XT, slices.Equal) || !slices.Equal(test.Y, want.YT) {
			t.Errorf("%v: test %v %v, want %v %v", want.Options, test.X, test.Y, want.XT, want.YT)
		}
	}
	if failed != 1 {
		t.Errorf("%d cases fail in Keras", failed)
	}
}

func expect(t *testing.T, err error, want ...string) {
	t.Helper()
	for _, w := range want {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%v\nwant %q", err, w)
		}
	}
}

func TestNotIMDB(t *testing.T) {
	for file, want := range map[string]string{
		"tiny.npz":        "its training reviews are not those of Keras' IMDB data set: the SHA-256 of their content is",
		"bad_label.npz":   "y_train: label",
		"bad_length.npz":  "y_test has shape [12] for the 9 reviews of x_test",
		"bad_missing.npz": `no array "x_test"`,
		"bad_code.npz":    "refused",
		"bad_numbers.npz": "want an array of Python lists",
		"tiny.json":       "not a whole .npz file",
	} {
		path := filepath.Join("testdata", file)
		_, _, err := Load(Options{Path: path})
		expect(t, err, "imdb: "+path+": ", want)
	}
	b, err := os.ReadFile("testdata/tiny.npz")
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(t.TempDir(), "imdb.npz")
	if err := os.WriteFile(half, b[:len(b)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err = Load(Options{Path: half})
	expect(t, err, half, "not a whole .npz file")
	_, _, err = Load(Options{Path: filepath.Join(t.TempDir(), "nothing.npz")})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestNowhere(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(source.EnvFolders, "")
	o := Options{Source: source.Options{Offline: true, CacheDir: t.TempDir()}}
	var missing *source.NotFoundError
	if _, _, err := Load(o); !errors.As(err, &missing) || missing.Name != "imdb.npz" {
		t.Errorf("%v", err)
	}
	if _, err := WordIndex(context.Background(), o); !errors.As(err, &missing) || missing.Name != "imdb_word_index.json" {
		t.Errorf("%v", err)
	}
	if _, err := Processor(context.Background(), o); !errors.As(err, &missing) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := LoadContext(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	path := filepath.Join(t.TempDir(), "imdb_word_index.json")
	if err := os.WriteFile(path, []byte(`{"the": 1}`), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := WordIndex(context.Background(), Options{Path: path})
	expect(t, err, path+" is not the word index")
}

func TestOptionErrors(t *testing.T) {
	for want, o := range map[string]Options{
		"NumWords -1": {NumWords: -1}, "SkipTop -3": {SkipTop: -3}, "MaxLen -1": {MaxLen: -1}, "Seed -7": {Seed: -7},
		"Seed 4294967296": {Seed: 1 << 32}, "StartChar -5": {StartChar: -5}, "OOVChar -3": {OOVChar: -3},
		"IndexFrom -1": {IndexFrom: -1}, "IndexFrom 2000000000": {IndexFrom: 2e9},
	} {
		_, _, err := Load(o)
		expect(t, err, "imdb: "+want+": want 0 to")
	}
	s, err := Options{}.settings()
	if want := (settings{seed: 113, start: 1, oov: 2, from: 3}); err != nil || s != want {
		t.Errorf("defaults %+v %v", s, err)
	}
	s, err = Options{Seed: Zero, StartChar: None, OOVChar: None, IndexFrom: Zero}.settings()
	if want := (settings{start: None, oov: None}); err != nil || s != want {
		t.Errorf("%+v %v", s, err)
	}
}
