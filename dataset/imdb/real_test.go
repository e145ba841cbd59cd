package imdb

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"recurve/dataset/source"
	"recurve/text"
)

// TestFacts has the numbers everybody knows of the text-book run.
func TestFacts(t *testing.T) {
	train, test, err := Load(Options{Path: realFolder(t), NumWords: 500})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(train.X[0]); n != 218 {
		t.Errorf("the first review has %d tokens", n)
	}
	if got := train.Y[:20]; !slices.Equal(got, []float32{1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 1}) {
		t.Errorf("labels %v", got)
	}
	if got := test.Y[:10]; !slices.Equal(got, []float32{0, 1, 1, 0, 1, 1, 1, 0, 0, 1}) {
		t.Errorf("test labels %v", got)
	}
	part, val := train.Split(0.2, 42)
	want := readKeras(t).Split
	if got := summarize(part); !reflect.DeepEqual(got, want.Train) {
		t.Errorf("training part\n got %+v\nwant %+v", got, want.Train)
	}
	if got := summarize(val); !reflect.DeepEqual(got, want.Test) {
		t.Errorf("validation part\n got %+v\nwant %+v", got, want.Test)
	}
	l := part.Lengths()
	if l.Mean() != 239.00925 || l.Median() != 178 {
		t.Errorf("mean length %v, median %v", l.Mean(), l.Median())
	}
	h, err := l.Histogram(len(want.Counts))
	if err != nil || !slices.Equal(h.Counts, want.Counts) {
		t.Errorf("histogram %v %v, want %v", h.Counts, err, want.Counts)
	}
	for i, e := range h.Edges {
		if math.Abs(e-want.Edges[i]) > 1e-9*e {
			t.Errorf("edge %d: %v, want %v", i, e, want.Edges[i])
		}
	}
	d := part.Pad(100)
	if err := d.Check(); err != nil || d.N != 20000 || d.Steps != 100 {
		t.Errorf("padded to %d x %d, %v", d.N, d.Steps, err)
	}
	if err := d.OneHot(500).Check(); err != nil {
		t.Error(err)
	}
	if err := d.OneHot(499).Check(); err == nil {
		t.Error("one-hot of 499 took id 499")
	}
}

// TestContentDigest accepts the same reviews in other bytes and refuses others.
func TestContentDigest(t *testing.T) {
	folder := realFolder(t)
	if k := readKeras(t); k.Content.Train != trainContent || k.Content.Test != testContent {
		t.Errorf("content digests %s and %s; Python gives %+v", trainContent, testContent, k.Content)
	}
	repack := func(names map[string]string) string {
		in, err := zip.OpenReader(filepath.Join(folder, "imdb.npz"))
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		var b bytes.Buffer
		out := zip.NewWriter(&b)
		for _, f := range in.File {
			h := f.FileHeader
			h.Name = cmp.Or(names[f.Name], f.Name)
			w, err := out.CreateRaw(&h)
			if err != nil {
				t.Fatal(err)
			}
			r, err := f.OpenRaw()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(w, r); err != nil {
				t.Fatal(err)
			}
		}
		out.SetComment("other bytes")
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "imdb.npz")
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if _, _, err := Load(Options{Path: repack(nil)}); err != nil {
		t.Errorf("the same content: %v", err)
	}
	_, _, err := Load(Options{Path: repack(map[string]string{"x_train.npy": "x_test.npy", "x_test.npy": "x_train.npy"})})
	expect(t, err, "training reviews are not those of Keras' IMDB data set", testContent, "want "+trainContent)

	// For training alone, what the test reviews are makes no difference.
	other := repack(map[string]string{"x_test.npy": "x_unread.npy", "y_test.npy": "x_test.npy"})
	if _, err := LoadTrain(t.Context(), Options{NumWords: 500, Path: other}); err != nil {
		t.Errorf("other test reviews, not read: %v", err)
	}
	_, err = LoadTrain(t.Context(), Options{NumWords: 500, Path: repack(map[string]string{"x_train.npy": "x_test.npy", "x_test.npy": "x_train.npy"})})
	expect(t, err, "training reviews are not those of Keras' IMDB data set", testContent)
}

// TestLoadTrain gives what Load gives.
func TestLoadTrain(t *testing.T) {
	folder := realFolder(t)
	for _, o := range []Options{{NumWords: 500}, {}, {NumWords: 2000, MaxLen: 100, Seed: 7}} {
		o.Path = folder
		want, _, err := Load(o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := LoadTrain(t.Context(), o)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: LoadTrain and Load differ: %v", o, err)
		}
	}
}

// TestDownload fetches the real files from a server.
func TestDownload(t *testing.T) {
	folder := realFolder(t)
	server := httptest.NewServer(http.FileServer(http.Dir(folder)))
	defer server.Close()
	t.Chdir(t.TempDir())
	t.Setenv(source.EnvFolders, "")
	o := Options{NumWords: 500, Source: source.Options{CacheDir: t.TempDir(), Mirror: server.URL}}
	train, _, err := Load(o)
	if err != nil || len(train.X[0]) != 218 {
		t.Fatalf("%v", err)
	}
	p, err := Processor(context.Background(), o)
	if err != nil || p.Size() != 500 {
		t.Fatalf("%v", err)
	}
	server.Close()
	if _, _, err := Load(o); err != nil {
		t.Errorf("from the cache: %v", err)
	}
	cached := filepath.Join(o.Source.CacheDir, "imdb.npz")
	b, err := os.ReadFile(cached)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cached, b[:len(b)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err = Load(o)
	expect(t, err, cached+": numpy: not a whole .npz file", "fetching it again failed")
}

func TestWordIndex(t *testing.T) {
	folder := realFolder(t)
	ranks, err := WordIndex(context.Background(), Options{Path: filepath.Join(folder, "imdb.npz")})
	if err != nil {
		t.Fatal(err)
	}
	if len(ranks) != 88584 || ranks["the"] != 1 || ranks["fawn"] != 34701 {
		t.Errorf("%d words, the = %d, fawn = %d", len(ranks), ranks["the"], ranks["fawn"])
	}
}

// TestProcessor turns every published review into ids and compares them with
// what Load gives, and one back into words.
func TestProcessor(t *testing.T) {
	folder := realFolder(t)
	archive := filepath.Join(folder, "aclImdb_v1.tar.gz")
	if _, err := os.Stat(archive); errors.Is(err, os.ErrNotExist) {
		t.Skip("needs aclImdb_v1.tar.gz beside imdb.npz")
	}
	o := Options{Path: folder, NumWords: 20000}
	p, err := Processor(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Processor(context.Background(), Options{Path: folder, OOVChar: None})
	if err != nil {
		t.Fatal(err)
	}
	texts := published(t, archive)
	train, test, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := readReviews(filepath.Join(folder, "imdb.npz"), true)
	if err != nil {
		t.Fatal(err)
	}
	// In the file the reviews lie in the order of the archive's names; words
	// outside the index are left out there.
	for i, ids := range b.train.x {
		got := all.Encode(texts["train"][i])
		if len(got) < len(ids) || len(got) > len(ids)+1 || got[0] != 1 {
			t.Fatalf("training review %d: %d ids, want %d", i, len(got), len(ids)+1)
		}
		kept := slices.DeleteFunc(slices.Clone(ids), func(rank int32) bool { return rank+3 >= int32(all.NumWords) })
		for k, rank := range kept {
			if got[k+1] != rank+3 {
				t.Fatalf("training review %d, word %d: id %d, want %d", i, k, got[k+1], rank+3)
			}
		}
	}
	if p.Vocabulary.Len() != 20000-4 || p.Size() != 20000 || !slices.Equal(p.Labels, []string{"negative", "positive"}) {
		t.Errorf("%d words, size %d, labels %v", p.Vocabulary.Len(), p.Size(), p.Labels)
	}
	decoded := p.Decode(test.X[0])
	if got := p.Encode(strings.ReplaceAll(strings.TrimPrefix(decoded, "[START] "), "[OOV]", "qqqq")); !slices.Equal(got, test.X[0]) {
		t.Errorf("%q comes back as %v, want %v", decoded, got, test.X[0])
	}
	if !strings.HasPrefix(p.Decode(train.X[0]), "[START] this film was just brilliant casting location scenery story direction") {
		t.Errorf("the first review: %s", p.Decode(train.X[0]))
	}
	if c := p.Coverage("The film was qqqq"); c != (text.Coverage{Known: 3, Words: 4}) {
		t.Errorf("%+v", c)
	}
}

// published reads the reviews in the order they have in imdb.npz.
func published(t *testing.T, archive string) map[string][]string {
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	type review struct{ name, text string }
	found := map[string][]review{} // by folder
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		dir := path.Dir(h.Name)
		found[dir] = append(found[dir], review{path.Base(h.Name), string(b)})
	}
	out := map[string][]string{}
	for _, part := range []string{"train", "test"} {
		for _, label := range []string{"pos", "neg"} {
			reviews := found["aclImdb/"+part+"/"+label]
			slices.SortFunc(reviews, func(a, b review) int { return cmp.Compare(a.name, b.name) })
			for _, r := range reviews {
				out[part] = append(out[part], r.text)
			}
		}
	}
	return out
}
