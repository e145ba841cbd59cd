// Package mini owns a small corpus of film reviews, written for this project and
// built into it, half of them praise and half blame. It is there to try things
// out with no file and no network; it is far too small to judge a model by.
//
// It is read like the IMDB data set: id 0 is padding, 1 the start, 2 a word out
// of the vocabulary, and words go from 4 on, the commonest first. The vocabulary
// is counted over the training reviews.
package mini

import (
	_ "embed"
	"fmt"
	"strings"

	"recurve/dataset"
	"recurve/internal/numpy"
	"recurve/text"
)

// corpus has a line for each review: its label, 0 or 1, a tab, and the text.
//
//go:embed reviews.tsv
var corpus string

// How reviews are set apart for the test: a fifth, always the same ones.
const (
	testSize = 0.2
	seed     = 42
)

// Options say how to read the reviews.
type Options struct {
	// NumWords keeps only ids below it, so NumWords-4 words; 0 keeps all.
	NumWords int
}

// Review is one review of the corpus.
type Review struct {
	Text  string
	Label int // 0 blame, 1 praise
}

// Reviews are all reviews in the order of the corpus.
func Reviews() ([]Review, error) { return parse(corpus) }

// parse reads a corpus.
func parse(corpus string) ([]Review, error) {
	var out []Review
	line := 0
	for s := range strings.Lines(corpus) {
		line++
		label, review, found := strings.Cut(strings.TrimRight(s, "\r\n"), "\t")
		if !found || label != "0" && label != "1" || strings.TrimSpace(review) == "" {
			return nil, fmt.Errorf("mini: line %d of the corpus: want a label 0 or 1, a tab and a text", line)
		}
		r := Review{Text: review}
		if label == "1" {
			r.Label = 1
		}
		out = append(out, r)
	}
	return out, nil
}

// Load reads the corpus: four fifths to train on, the rest to test with.
func Load(o Options) (train, test *dataset.Sequences, err error) { return load(corpus, o) }

// Processor turns texts into the ids that Load gives with the same options, and
// back. Its padding has no length yet; set Pad.MaxLen.
func Processor(o Options) (*text.Processor, error) {
	train, _, err := split(corpus)
	if err != nil {
		return nil, err
	}
	return processor(train, o)
}

func load(corpus string, o Options) (train, test *dataset.Sequences, err error) {
	trainReviews, testReviews, err := split(corpus)
	if err != nil {
		return nil, nil, err
	}
	p, err := processor(trainReviews, o)
	if err != nil {
		return nil, nil, err
	}
	return sequences(p, trainReviews), sequences(p, testReviews), nil
}

// split sets the test reviews apart.
func split(corpus string) (train, test []Review, err error) {
	all, err := parse(corpus)
	if err != nil {
		return nil, nil, err
	}
	trainRows, testRows, err := numpy.TrainTestSplit(len(all), testSize, seed)
	if err != nil {
		return nil, nil, fmt.Errorf("mini: %w", err)
	}
	for _, r := range trainRows {
		train = append(train, all[r])
	}
	for _, r := range testRows {
		test = append(test, all[r])
	}
	return train, test, nil
}

func processor(train []Review, o Options) (*text.Processor, error) {
	texts := make([]string, len(train))
	for i, r := range train {
		texts[i] = r.Text
	}
	p, err := text.Build(texts, text.Tokenizer{}, o.NumWords)
	if err != nil {
		return nil, fmt.Errorf("mini: %w", err)
	}
	p.Labels = []string{"negative", "positive"}
	return p, nil
}

func sequences(p *text.Processor, reviews []Review) *dataset.Sequences {
	s := &dataset.Sequences{X: make([][]int32, len(reviews)), Y: make([]float32, len(reviews))}
	for i, r := range reviews {
		s.X[i] = p.Encode(r.Text)
		s.Y[i] = float32(r.Label)
	}
	return s
}
