package imdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"recurve/dataset/source"
	"recurve/text"
)

const wordIndexSHA256 = "027313fe9a320280f3bf0fac5baf58c4a683cf39a7ed9c3d3d3912bde4284cf6"

func wordIndexFile() source.File {
	return source.File{
		Name: "imdb_word_index.json", URL: publisher + "imdb_word_index.json", Size: 1641221,
		SHA256: []string{wordIndexSHA256}, Companion: true,
	}
}

// WordIndex reads Keras' table of the 88,584 words and their ranks, 1 for the
// commonest. A word's id is its rank plus IndexFrom. Only Path and Source of the
// options are used; the context ends a download.
func WordIndex(ctx context.Context, o Options) (map[string]int, error) {
	var ranks map[string]int
	err := o.source().Use(ctx, wordIndexFile(), func(path string) error {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		if got := hex.EncodeToString(sum[:]); got != wordIndexSHA256 {
			return fmt.Errorf("%s is not the word index of Keras' IMDB data set: its SHA-256 is %s, want %s", path, got, wordIndexSHA256)
		}
		return json.Unmarshal(b, &ranks)
	})
	if err != nil {
		return nil, fmt.Errorf("imdb: %w", err)
	}
	return ranks, nil
}

// Processor turns texts into the ids that Load gives with the same options, and
// back. Words are cut as those of the data set were: at Keras' filtered
// characters, with A to Z made small. Its padding has no length yet; set
// Pad.MaxLen. MaxLen and Seed of the options play no part.
//
// With a NumWords of 0 the word of the largest id is left out, as Load does where
// no MaxLen drops reviews.
func Processor(ctx context.Context, o Options) (*text.Processor, error) {
	s, err := o.settings()
	if err != nil {
		return nil, err
	}
	ranks, err := WordIndex(ctx, o)
	if err != nil {
		return nil, err
	}
	v, err := text.FromRanks(ranks, int(s.from))
	if err != nil {
		return nil, fmt.Errorf("imdb: %w", err)
	}
	if s.numWords == 0 {
		s.numWords = v.End() - 1
	}
	p := &text.Processor{
		Tokenizer: text.Tokenizer{Case: text.LowerASCII}, Vocabulary: v,
		NumWords: int(s.numWords), SkipTop: int(s.skipTop), StartID: s.start, OOVID: s.oov,
		Pad:    text.PadOptions{Value: text.PadID},
		Labels: []string{"negative", "positive"},
	}
	if p.NumWords == 0 {
		return nil, errors.New("imdb: no words are kept")
	}
	return p.Compact(), p.Check()
}
