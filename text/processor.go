package text

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// None stands for Python's None where an id is asked for: no such id.
const None = -1

// The ids that Keras' IMDB data set keeps for itself, and Build follows: words
// begin at IndexFrom + 1.
const (
	PadID     = 0
	StartID   = 1
	OOVID     = 2
	IndexFrom = 3
)

// Processor is everything that turns a text into a model's input and ids back
// into words. It travels inside a model file as JSON (assets/recurve/text.json),
// always in the same bytes.
//
// Its methods do not change it; several goroutines may use one.
type Processor struct {
	// Tokenizer cuts the text.
	Tokenizer Tokenizer
	// Vocabulary holds at least the words whose ids are kept.
	Vocabulary *Vocabulary
	// NumWords is Keras' num_words: only ids below it are kept. 0 keeps all
	// of the vocabulary.
	NumWords int
	// SkipTop is Keras' skip_top: only ids from it on are kept.
	SkipTop int
	// StartID stands before every sequence; None for no start.
	StartID int32
	// OOVID stands for every word that is not kept; None to leave such words
	// out.
	OOVID int32
	// Pad says how sequences are padded, with the padding id as its Value.
	// MaxLen is 0 until the length is known.
	Pad PadOptions
	// Labels name the classes in the order of their numbers; may be empty.
	Labels []string
}

// Build counts the words of texts and returns a Processor for the numWords-4
// commonest of them, with the ids Keras' IMDB data has: 0 padding, 1 start, 2
// out of vocabulary, words by count from 4 on. A numWords of 0 keeps all words.
func Build(texts []string, t Tokenizer, numWords int) (*Processor, error) {
	if numWords != 0 && numWords <= IndexFrom+1 {
		return nil, fmt.Errorf("text: a vocabulary of %d ids: want more than %d, of which padding, start, out-of-vocabulary and one unused take %d; or 0 for all words",
			numWords, IndexFrom+1, IndexFrom+1)
	}
	c := Counter{Tokenizer: t}
	for _, s := range texts {
		c.Add(s)
	}
	v, err := c.Vocabulary(IndexFrom+1, max(numWords-IndexFrom-1, 0))
	if err != nil {
		return nil, err
	}
	return &Processor{
		Tokenizer: t, Vocabulary: v, NumWords: numWords,
		StartID: StartID, OOVID: OOVID, Pad: PadOptions{Value: PadID},
	}, nil
}

// Check reports what is wrong with the settings.
func (p *Processor) Check() error {
	switch {
	case p.Vocabulary == nil:
		return errors.New("text: the processor has no vocabulary")
	case p.NumWords < 0:
		return fmt.Errorf("text: num_words %d: want 0 (all) or more", p.NumWords)
	case p.SkipTop < 0:
		return fmt.Errorf("text: skip_top %d: want 0 or more", p.SkipTop)
	case p.StartID < None || p.StartID > maxID:
		return fmt.Errorf("text: start id %d: want 0 to %d, or None", p.StartID, maxID)
	case p.OOVID < None || p.OOVID > maxID:
		return fmt.Errorf("text: out-of-vocabulary id %d: want 0 to %d, or None", p.OOVID, maxID)
	case p.Pad.Value < 0 || p.Pad.Value > maxID:
		return fmt.Errorf("text: padding id %d: want 0 to %d", p.Pad.Value, maxID)
	case p.Tokenizer.Case > Keep:
		return fmt.Errorf("text: Case(%d) is not known", p.Tokenizer.Case)
	}
	pad := p.Pad
	if pad.MaxLen == 0 {
		pad.MaxLen = 1 // not known yet
	}
	return pad.Check()
}

// limit is the id from which on none is kept.
func (p *Processor) limit() int32 {
	if p.NumWords > 0 && p.NumWords < int(p.Vocabulary.End()) {
		return int32(p.NumWords)
	}
	return p.Vocabulary.End()
}

// Size is how many ids a model must know: one more than the largest that Encode
// and padding can give. It is an Embedding's InputDim and OneHot's depth.
func (p *Processor) Size() int {
	return int(max(p.limit(), p.OOVID+1, p.Pad.Value+1))
}

// Encode turns a text into ids: the start id, then one for each word. As in
// Keras' imdb.load_data, an id (the start's too) that is not within SkipTop and
// NumWords becomes OOVID, or is left out where that is None.
func (p *Processor) Encode(text string) []int32 {
	var ids []int32
	limit := p.limit()
	keep := func(id int32, known bool) {
		switch {
		case known && int(id) >= p.SkipTop && id < limit:
			ids = append(ids, id)
		case p.OOVID != None:
			ids = append(ids, p.OOVID)
		}
	}
	if p.StartID != None {
		keep(p.StartID, true)
	}
	p.Tokenizer.splitter().each(text, func(w string) { keep(p.Vocabulary.ID(w)) })
	return ids
}

// Rows encodes texts and pads them: len(texts) rows of Pad.MaxLen ids, one
// after the other.
func (p *Processor) Rows(texts ...string) ([]int32, error) {
	x := make([][]int32, len(texts))
	for i, s := range texts {
		x[i] = p.Encode(s)
	}
	return PadSequences(x, p.Pad)
}

// Coverage counts how many words of a text a model knows.
type Coverage struct {
	Known int // words that have an id of their own
	Words int // all words
}

// Share is Known in Words, between 0 and 1; 0 for a text without words.
func (c Coverage) Share() float64 {
	return float64(c.Known) / float64(max(c.Words, 1))
}

// Coverage counts the words of a text and those that Encode keeps.
func (p *Processor) Coverage(text string) Coverage {
	var c Coverage
	limit := p.limit()
	p.Tokenizer.splitter().each(text, func(w string) {
		c.Words++
		if id, ok := p.Vocabulary.ID(w); ok && int(id) >= p.SkipTop && id < limit {
			c.Known++
		}
	})
	return c
}

// Decode turns ids into words with a space between them. The start is written
// [START] and an unknown word [OOV], as in Keras' documentation; padding is left
// out; any other id that stands for no word is written as its number, [3].
func (p *Processor) Decode(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		w, ok := p.Vocabulary.Word(id)
		switch {
		case id == p.Pad.Value:
			continue
		case id == p.StartID:
			w = "[START]"
		case id == p.OOVID:
			w = "[OOV]"
		case !ok:
			w = "[" + strconv.Itoa(int(id)) + "]"
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

// Label is the name of a class, or its number where the classes have no names.
func (p *Processor) Label(class int) string {
	if class >= 0 && class < len(p.Labels) {
		return p.Labels[class]
	}
	return strconv.Itoa(class)
}

// Compact returns a copy that holds only the words that are kept.
func (p *Processor) Compact() *Processor {
	out := *p
	out.Vocabulary = p.Vocabulary.Below(int(p.limit()))
	out.Labels = slices.Clone(p.Labels)
	return &out
}
