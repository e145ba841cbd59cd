// Package imdb owns the IMDB film reviews as Keras has them: 25,000 to train on
// and 25,000 to test with, each a list of word ids and a label, 0 for blame and
// 1 for praise.
//
// Load gives what keras.datasets.imdb.load_data gives, in the same order, and
// WordIndex what get_word_index gives. The files, imdb.npz and
// imdb_word_index.json, are found or fetched as package source describes.
//
// An imdb.npz is known by its content, since the same reviews can be packed into
// different bytes: by the SHA-256 of the training and of the test reviews, which
// runs over every review in the order of the file: its label as one byte, the
// number of its ids and then the ids, each as four bytes, the lowest first.
package imdb

import (
	"context"
	"fmt"
	"math"

	"recurve/dataset"
	"recurve/dataset/source"
)

// What to write into a field of Options whose zero value stands for Keras'
// default, where that is not wanted.
const (
	// None is Python's None: no start id, or out-of-vocabulary words left out.
	None = -1
	// Zero is the number 0.
	Zero = -2
)

// Options are the arguments of Keras' load_data. The zero value of each is
// Keras' default.
type Options struct {
	// NumWords keeps only ids below it; 0 is Keras' None: below the largest id
	// there is (which is thereby the only one to be left out).
	NumWords int
	// SkipTop keeps only ids from it on. Keras means ids, not ranks: from 2 on
	// it also strikes the start id.
	SkipTop int
	// MaxLen drops reviews of that many ids or more, the start included; 0
	// drops none.
	MaxLen int
	// Seed orders the reviews; default 113. Zero for 0.
	Seed int64
	// StartChar is the id put before every review; default 1. Zero for 0, None
	// for no start.
	StartChar int
	// OOVChar is the id of words that are not kept; default 2. Zero for 0, None
	// to leave such words out.
	OOVChar int
	// IndexFrom is added to a word's rank to make its id; default 3. Zero for 0.
	IndexFrom int

	// Path is the file imdb.npz, or the folder that holds it and
	// imdb_word_index.json; default: looked for as package source describes.
	Path string
	// Source says where else to look and how to fetch.
	Source source.Options
}

// settings are Options with the defaults filled in; -1 is None.
type settings struct {
	numWords, skipTop, maxLen int32
	seed                      uint32
	start, oov, from          int32
}

func (o Options) settings() (settings, error) {
	s := settings{}
	const most = math.MaxInt32
	for _, f := range []struct {
		name     string
		given    int64
		fallback int64
		none     bool // None is allowed
		most     int64
		dst      *int32
	}{
		{"NumWords", int64(o.NumWords), 0, false, most, &s.numWords},
		{"SkipTop", int64(o.SkipTop), 0, false, most, &s.skipTop},
		{"MaxLen", int64(o.MaxLen), 0, false, most, &s.maxLen},
		{"StartChar", int64(o.StartChar), 1, true, most, &s.start},
		{"OOVChar", int64(o.OOVChar), 2, true, most, &s.oov},
		{"IndexFrom", int64(o.IndexFrom), 3, false, 1 << 30, &s.from},
	} {
		v, err := resolve(f.name, f.given, f.fallback, f.none, f.most)
		if err != nil {
			return s, err
		}
		*f.dst = int32(v)
	}
	seed, err := resolve("Seed", o.Seed, 113, false, math.MaxUint32)
	s.seed = uint32(seed)
	return s, err
}

// resolve replaces 0, Zero and None by what they stand for.
func resolve(name string, given, fallback int64, none bool, most int64) (int64, error) {
	switch {
	case given == 0:
		return fallback, nil
	case given == Zero:
		return 0, nil
	case given == None && none:
		return None, nil
	case given < 0 || given > most:
		return 0, fmt.Errorf("imdb: %s %d: want 0 to %d", name, given, most)
	}
	return given, nil
}

// Load reads the reviews as Keras' load_data does.
func Load(o Options) (train, test *dataset.Sequences, err error) {
	return LoadContext(context.Background(), o)
}

// LoadContext is Load with a context that ends a download.
func LoadContext(ctx context.Context, o Options) (train, test *dataset.Sequences, err error) {
	return o.load(ctx, true)
}

// LoadTrain reads the training reviews alone, in half the time of LoadContext,
// which gives the same ones. Of a file that is known by its content, that of the
// training reviews alone is compared.
func LoadTrain(ctx context.Context, o Options) (*dataset.Sequences, error) {
	train, _, err := o.load(ctx, o.NumWords == 0) // the largest id may be a test review's
	return train, err
}

func (o Options) load(ctx context.Context, whole bool) (train, test *dataset.Sequences, err error) {
	s, err := o.settings()
	if err != nil {
		return nil, nil, err
	}
	var r *reviews
	err = o.source().Use(ctx, reviewsFile(), func(path string) error {
		r, err = readReviews(path, whole)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("imdb: %w", err)
	}
	return s.arrange(r)
}

func (o Options) source() source.Options {
	out := o.Source
	if o.Path != "" {
		out.Path = o.Path
	}
	return out
}
