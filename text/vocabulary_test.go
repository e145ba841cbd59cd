package text

import (
	"slices"
	"strings"
	"testing"
)

type tokenizerFixture struct {
	Corpus, Probe []string
	Tokenizers    []struct {
		Options struct {
			NumWords int     `json:"num_words"`
			OOV      *string `json:"oov_token"`
			Lower    *bool
		}
		Index     [][2]any
		Sequences [][]int32
	}
}

// TestKerasTokenizer builds vocabularies and encodes as Keras' Tokenizer does: a
// Processor whose words begin at 1, or at 2 behind an out-of-vocabulary token.
func TestKerasTokenizer(t *testing.T) {
	var want tokenizerFixture
	readJSON(t, "tokenizer.json", &want)
	for _, c := range want.Tokenizers {
		tok := Tokenizer{}
		if c.Options.Lower != nil {
			tok.Case = Keep
		}
		counter := Counter{Tokenizer: tok}
		for _, s := range want.Corpus {
			counter.Add(s)
		}
		first, oov := 1, int32(None)
		index := c.Index
		if c.Options.OOV != nil {
			first, oov, index = 2, 1, index[1:]
		}
		v, err := counter.Vocabulary(first, 0)
		if err != nil {
			t.Fatal(err)
		}
		if v.Len() != len(index) {
			t.Errorf("%+v: %d words, want %d", c.Options, v.Len(), len(index))
		}
		for _, pair := range index {
			word, id := pair[0].(string), int32(pair[1].(float64))
			if got, ok := v.ID(word); !ok || got != id {
				t.Errorf("%+v: %q has id %d, want %d", c.Options, word, got, id)
			}
			if got, ok := v.Word(id); !ok || got != word {
				t.Errorf("%+v: id %d is %q, want %q", c.Options, id, got, word)
			}
		}
		p := Processor{Tokenizer: tok, Vocabulary: v, NumWords: c.Options.NumWords, StartID: None, OOVID: oov}
		for i, s := range want.Probe {
			if got := p.Encode(s); !slices.Equal(got, c.Sequences[i]) {
				t.Errorf("%+v, %q: %v, want %v", c.Options, s, got, c.Sequences[i])
			}
		}
	}
}

func TestVocabularyErrors(t *testing.T) {
	for _, c := range []struct {
		first int
		words []string
		want  string
	}{
		{-1, []string{"a"}, "first id -1"},
		{0, []string{"a", "b", "a"}, `"a" comes twice, as id 0 and 2`},
		{3, []string{"a", ""}, "id 4"},
		{0, []string{"\xff"}, "UTF-8"},
		{0, []string{strings.Repeat("x", maxWordBytes), "y"}, "longer than"},
	} {
		if _, err := NewVocabulary(c.first, c.words); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d %.20q: %v, want %q", c.first, c.words, err, c.want)
		}
	}
	for name, ranks := range map[string]map[string]int{
		"rank 3": {"a": 1, "b": 3}, "rank 0": {"a": 0, "b": 1}, "same rank 1": {"a": 1, "b": 1},
	} {
		if _, err := FromRanks(ranks, 3); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v, want %q", ranks, err, name)
		}
	}
	var c Counter
	if _, err := c.Vocabulary(1, 0); err == nil {
		t.Error("no words: no error")
	}
	c.Add("a")
	if _, err := c.Vocabulary(1, -1); err == nil {
		t.Error("limit -1: no error")
	}
}

func TestVocabulary(t *testing.T) {
	v, err := FromRanks(map[string]int{"the": 1, "film": 2, "a": 3}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(v.Words(), []string{"the", "film", "a"}) || v.FirstID() != 4 || v.End() != 7 || v.Len() != 3 {
		t.Errorf("%v from %d to %d", v.Words(), v.FirstID(), v.End())
	}
	for _, id := range []int32{-1 << 31, -1, 0, 3, 7, 1<<31 - 1} {
		if w, ok := v.Word(id); ok {
			t.Errorf("id %d is %q", id, w)
		}
	}
	for end, want := range map[int]int{0: 0, 4: 0, 5: 1, 7: 3, 100: 3} {
		b := v.Below(end)
		if b.Len() != want {
			t.Errorf("below %d: %d words, want %d", end, b.Len(), want)
		}
		if _, ok := b.ID("a"); ok != (want == 3) {
			t.Errorf("below %d: the last word is there: %v", end, ok)
		}
	}
	var c Counter
	c.Add("b a b")
	c.Add("c a")
	limited, err := c.Vocabulary(4, 2)
	if err != nil || !slices.Equal(limited.Words(), []string{"b", "a"}) {
		t.Errorf("two words: %v %v", limited, err)
	}
}
