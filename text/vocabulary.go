package text

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a vocabulary, so that one which was built can always be written
// into a model file and read back.
const (
	maxWords     = 1 << 22
	maxWordBytes = 32 << 20 // of all words together
	maxID        = 1 << 30  // of the first word, and of those that are no words
)

// Vocabulary gives each word an id and each id its word. It does not change
// once made and may be used by several goroutines.
type Vocabulary struct {
	first int32
	words []string
	ids   map[string]int32
}

// NewVocabulary gives words[i] the id first+i. A word that comes twice, is
// empty or is not UTF-8 is an error, and so is a negative first.
func NewVocabulary(first int, words []string) (*Vocabulary, error) {
	if first < 0 || first > maxID {
		return nil, fmt.Errorf("text: first id %d: want 0 to %d", first, maxID)
	}
	if len(words) > maxWords {
		return nil, fmt.Errorf("text: a vocabulary of %d words: at most %d", len(words), maxWords)
	}
	v := &Vocabulary{first: int32(first), words: append([]string{}, words...), ids: make(map[string]int32, len(words))}
	size := 0
	for i, w := range words {
		id := v.first + int32(i)
		if old, twice := v.ids[w]; twice {
			return nil, fmt.Errorf("text: the word %q comes twice, as id %d and %d", short(w), old, id)
		}
		if w == "" || !utf8.ValidString(w) {
			return nil, fmt.Errorf("text: id %d: %q is not a word in UTF-8", id, short(w))
		}
		if size += len(w); size > maxWordBytes {
			return nil, fmt.Errorf("text: the words of the vocabulary are longer than %d bytes together", maxWordBytes)
		}
		v.ids[w] = id
	}
	return v, nil
}

// FromRanks makes a vocabulary from a table of ranks 1, 2, 3, ..., as Keras'
// data sets have it: the id of a word is its rank plus indexFrom. A rank that is
// missing or comes twice is an error.
func FromRanks(ranks map[string]int, indexFrom int) (*Vocabulary, error) {
	if len(ranks) > maxWords {
		return nil, fmt.Errorf("text: a vocabulary of %d words: at most %d", len(ranks), maxWords)
	}
	words := make([]string, len(ranks))
	for w, r := range ranks {
		if r < 1 || r > len(words) {
			return nil, fmt.Errorf("text: the word %q has rank %d in a table of %d words", short(w), r, len(words))
		}
		if words[r-1] != "" {
			a, b := w, words[r-1]
			return nil, fmt.Errorf("text: the words %q and %q have the same rank %d", short(min(a, b)), short(max(a, b)), r)
		}
		words[r-1] = w
	}
	return NewVocabulary(1+indexFrom, words)
}

// ID is the id of a word; false where the vocabulary does not have it.
func (v *Vocabulary) ID(word string) (int32, bool) {
	id, ok := v.ids[word]
	return id, ok
}

// Word is the word of an id; false where the vocabulary does not have it.
func (v *Vocabulary) Word(id int32) (string, bool) {
	if i := int64(id) - int64(v.first); i >= 0 && i < int64(len(v.words)) {
		return v.words[i], true
	}
	return "", false
}

// Len is the number of words.
func (v *Vocabulary) Len() int { return len(v.words) }

// FirstID is the id of the first word.
func (v *Vocabulary) FirstID() int32 { return v.first }

// End is the id after that of the last word.
func (v *Vocabulary) End() int32 { return v.first + int32(len(v.words)) }

// Words are the words in the order of their ids.
func (v *Vocabulary) Words() []string { return slices.Clone(v.words) }

// Below returns the vocabulary with only the words whose id is below end. It
// keeps model files small: a model that knows 500 ids needs no more words.
func (v *Vocabulary) Below(end int) *Vocabulary {
	n := min(max(end-int(v.first), 0), len(v.words))
	out := &Vocabulary{first: v.first, words: append([]string{}, v.words[:n]...), ids: make(map[string]int32, n)}
	for i, w := range out.words {
		out.ids[w] = v.first + int32(i)
	}
	return out
}

// Counter counts the words of texts. The zero value is ready and cuts words
// with Keras' defaults.
type Counter struct {
	// Tokenizer cuts the texts; set it before the first Add.
	Tokenizer Tokenizer

	split  *splitter
	counts map[string]int // position in words and n
	words  []string       // in the order of their first appearance
	n      []int
}

// Add counts the words of a text.
func (c *Counter) Add(text string) {
	if c.split == nil {
		c.split, c.counts = c.Tokenizer.splitter(), map[string]int{}
	}
	c.split.each(text, func(w string) {
		i, ok := c.counts[w]
		if !ok {
			w = strings.Clone(w) // or it would hold on to the whole text
			i = len(c.words)
			c.counts[w] = i
			c.words = append(c.words, w)
			c.n = append(c.n, 0)
		}
		c.n[i]++
	})
}

// Vocabulary gives ids from first on to the words counted so far: the
// commonest first, those of equal count in the order in which they first
// appeared, as Keras' Tokenizer. Of more than limit words the rarest are left
// out; a limit of 0 keeps all.
func (c *Counter) Vocabulary(first, limit int) (*Vocabulary, error) {
	if limit < 0 {
		return nil, fmt.Errorf("text: a vocabulary of %d words: want 0 (all) or more", limit)
	}
	if len(c.words) == 0 {
		return nil, errors.New("text: no words to make a vocabulary of: the texts are empty")
	}
	order := make([]int, len(c.words))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return c.n[b] - c.n[a] })
	if limit > 0 && limit < len(order) {
		order = order[:limit]
	}
	words := make([]string, len(order))
	for i, k := range order {
		words[i] = c.words[k]
	}
	return NewVocabulary(first, words)
}

// short is the start of s, for an error.
func short(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
