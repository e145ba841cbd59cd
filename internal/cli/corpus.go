package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"recurve/dataset"
	"recurve/dataset/imdb"
	"recurve/dataset/mini"
	"recurve/dataset/source"
	"recurve/text"
)

// The data sets by name.
const (
	imdbName = "imdb"
	miniName = "mini"
)

func dataNames() []string { return []string{imdbName, miniName} }

// corpus is a data set, opened: reviews as word ids.
type corpus struct {
	name        string
	where       string             // where it was found
	train, test *dataset.Sequences // test is nil where only train was to be read
	text        *text.Processor    // its padding has no length yet
}

// dataArgument resolves DATA: a data set's name, or the path of an imdb.npz.
func dataArgument(arg string) (name, path string, err error) {
	if slices.Contains(dataNames(), arg) {
		return arg, "", nil
	}
	info, err := os.Stat(arg)
	switch {
	case err == nil && strings.EqualFold(filepath.Ext(arg), ".npz"):
		return imdbName, arg, nil
	case err == nil:
		return "", "", ownFile(arg, info)
	case filepath.Ext(arg) != "" || strings.ContainsRune(arg, filepath.Separator):
		return "", "", usagef("no file %s; DATA is %s, or the path of an imdb.npz", arg, orList(dataNames()...))
	}
	return "", "", usagef("unknown data set %q: expected %s, or the path of an imdb.npz", arg, orList(dataNames()...))
}

// extent is how much of a data set is read.
type extent bool

// What is read of a data set.
const (
	trainOnly extent = false
	whole     extent = true
)

// open reads a data set with the ids below vocab; a vocab of 0 keeps all.
func (s *session) open(name, path string, vocab int, much extent) (*corpus, error) {
	if name == miniName {
		return openMini(vocab)
	}
	return s.openIMDB(path, vocab, much)
}

func (s *session) openIMDB(path string, vocab int, much extent) (*corpus, error) {
	c := &corpus{name: imdbName}
	downloads := s.newDownloads()
	o := imdb.Options{NumWords: vocab, Path: path, Source: source.Options{Progress: downloads.progress}}
	var reviews, words error
	var wait sync.WaitGroup
	wait.Go(func() {
		if much == trainOnly {
			c.train, reviews = imdb.LoadTrain(s.ctx, o)
		} else {
			c.train, c.test, reviews = imdb.LoadContext(s.ctx, o)
		}
	})
	wait.Go(func() { c.text, words = imdb.Processor(s.ctx, o) })
	wait.Wait()
	downloads.wait()
	if isMissing(reviews) && words != nil && !isMissing(words) {
		reviews, words = words, reviews
	}
	if err := cmp.Or(reviews, words); err != nil {
		return nil, err // a file that is damaged rather than one that is missing
	}
	found := source.Options{Path: path, Offline: true}
	err := found.Use(s.ctx, source.File{Name: "imdb.npz"}, func(path string) error {
		c.where = path
		return nil
	})
	return c, err
}

func openMini(vocab int) (*corpus, error) {
	c := &corpus{name: miniName, where: "part of recurve"}
	o := mini.Options{NumWords: vocab}
	var err error
	if c.train, c.test, err = mini.Load(o); err == nil {
		c.text, err = mini.Processor(o)
	}
	return c, err
}

// isMissing reports whether a data set could be neither found nor fetched.
func isMissing(err error) bool {
	var missing *source.NotFoundError
	return errors.As(err, &missing)
}

// openFor reads a data set with the ids that a model knows. Where the model's
// vocabulary is not the data set's, words are looked up anew.
func (s *session) openFor(name, path string, r reading, p *text.Processor, much extent) (*corpus, error) {
	if p == nil {
		return s.open(name, path, r.vocab, much)
	}
	c, err := s.open(name, path, p.NumWords, much)
	if err != nil || sameWords(c.text, p) {
		return c, err
	}
	if c, err = s.open(name, path, 0, much); err != nil {
		return nil, err
	}
	ids := c.translation(p)
	for _, part := range []*dataset.Sequences{c.train, c.test} {
		if part == nil {
			continue
		}
		for i, x := range part.X {
			part.X[i] = translate(x, ids, p.OOVID)
		}
	}
	c.text = p
	return c, nil
}

// sameWords reports whether two processors give every text the same ids.
func sameWords(a, b *text.Processor) bool {
	return a.NumWords == b.NumWords && a.SkipTop == b.SkipTop && a.StartID == b.StartID && a.OOVID == b.OOVID &&
		a.Tokenizer == b.Tokenizer && a.Vocabulary.FirstID() == b.Vocabulary.FirstID() &&
		slices.Equal(a.Vocabulary.Words(), b.Vocabulary.Words())
}

// translation is the id in p of each id of the corpus; text.None for none.
func (c *corpus) translation(p *text.Processor) []int32 {
	out := make([]int32, c.text.Size())
	for id := range out {
		w, ok := c.text.Vocabulary.Word(int32(id))
		switch known, has := p.Vocabulary.ID(w); {
		case int32(id) == c.text.StartID:
			out[id] = p.StartID
		case ok && has && int(known) >= p.SkipTop && (p.NumWords == 0 || int(known) < p.NumWords):
			out[id] = known
		default:
			out[id] = p.OOVID
		}
	}
	return out
}

func translate(x, ids []int32, oov int32) []int32 {
	out := make([]int32, 0, len(x))
	for _, id := range x {
		to := oov
		if int(id) < len(ids) {
			to = ids[id]
		}
		if to != text.None {
			out = append(out, to)
		}
	}
	return out
}

// part returns the sequences called train, val or test. The training texts are
// split as they were for training.
func (c *corpus) part(name string, split float64, seed uint32) (*dataset.Sequences, error) {
	if name == "test" {
		return c.test, c.test.Check()
	}
	train, val := c.train.Split(split, seed)
	if name == "val" {
		train = val
	}
	if err := train.Check(); err != nil {
		return nil, fmt.Errorf("--split %v: %w", split, err)
	}
	return train, nil
}
