package imdb

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"recurve/dataset"
	"recurve/dataset/source"
)

// keras is testdata/keras.json, made by tools/oracle/data_imdb.py.
type keras struct {
	Content struct{ Train, Test string }
	Loads   []struct {
		Options     map[string]*int64
		Train, Test summary
	}
	Split struct {
		Train, Test  summary
		Mean, Median float64
		Counts       []int
		Edges        []float64
	}
}

type summary struct {
	N, IDs, Length int
	Largest        int32
	Digest         string
	First          []int32
	Labels         []float32
}

func readKeras(t *testing.T) keras {
	t.Helper()
	b, err := os.ReadFile("testdata/keras.json")
	if err != nil {
		t.Fatal(err)
	}
	var k keras
	if err := json.Unmarshal(b, &k); err != nil {
		t.Fatal(err)
	}
	return k
}

// realFolder is the folder with the real files; without it the test is skipped.
func realFolder(t testing.TB) string {
	t.Helper()
	for _, folder := range filepath.SplitList(os.Getenv(source.EnvFolders)) {
		if _, err := os.Stat(filepath.Join(folder, "imdb.npz")); err == nil {
			return folder
		}
	}
	t.Skipf("needs imdb.npz: name its folder in %s", source.EnvFolders)
	return ""
}

func summarize(s *dataset.Sequences) summary {
	p := part{s.X, s.Y}
	out := summary{
		N: s.Len(), Length: len(s.X[0]), Digest: p.digest(),
		First: s.X[0][:12], Labels: s.Y[:20],
	}
	for _, x := range s.X {
		out.IDs += len(x)
		if len(x) > 0 {
			out.Largest = max(out.Largest, slices.Max(x))
		}
	}
	return out
}

// options turns load_data's arguments into ours.
func options(t *testing.T, folder string, args map[string]*int64) Options {
	o := Options{Path: folder}
	set := func(dst *int) func(int64) { return func(v int64) { *dst = int(v) } }
	fields := map[string]func(int64){
		"num_words": set(&o.NumWords), "skip_top": set(&o.SkipTop), "maxlen": set(&o.MaxLen),
		"start_char": set(&o.StartChar), "oov_char": set(&o.OOVChar), "index_from": set(&o.IndexFrom),
		"seed": func(v int64) { o.Seed = v },
	}
	for name, v := range args {
		switch {
		case v == nil:
			fields[name](None)
		case *v == 0:
			fields[name](Zero)
		default:
			fields[name](*v)
		}
	}
	return o
}

// TestLoad compares whole loads with Keras' own load_data.
func TestLoad(t *testing.T) {
	folder := realFolder(t)
	r, err := readReviews(filepath.Join(folder, "imdb.npz"), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range readKeras(t).Loads {
		s, err := options(t, folder, want.Options).settings()
		if err != nil {
			t.Fatal(err)
		}
		train, test, err := s.arrange(r)
		if err != nil {
			t.Errorf("%v: %v", want.Options, err)
			continue
		}
		if got := summarize(train); !reflect.DeepEqual(got, want.Train) {
			t.Errorf("%v: training reviews\n got %+v\nwant %+v", want.Options, got, want.Train)
		}
		if got := summarize(test); !reflect.DeepEqual(got, want.Test) {
			t.Errorf("%v: test reviews\n got %+v\nwant %+v", want.Options, got, want.Test)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	folder := realFolder(b)
	for b.Loop() {
		if _, _, err := Load(Options{Path: folder, NumWords: 500}); err != nil {
			b.Fatal(err)
		}
	}
}
