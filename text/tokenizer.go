package text

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// DefaultFilters are the characters that Keras' Tokenizer takes out. The
// apostrophe is not among them.
const DefaultFilters = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n"

// Case says what a Tokenizer does with capital letters.
type Case uint8

const (
	// Lower makes every letter small by Unicode's rules, as Python does.
	Lower Case = iota
	// LowerASCII makes A to Z small and nothing else, which is how the words
	// of the IMDB data set were made.
	LowerASCII
	// Keep leaves letters as they are.
	Keep
)

// Tokenizer cuts texts into words as Keras' text_to_word_sequence does: letters
// are made small, the filtered characters become spaces, and what stands
// between spaces is a word. The zero value has Keras' defaults.
//
// Only the space and the filtered characters part words: a no-break space or a
// carriage return is part of a word unless Filters names it. Nothing is
// normalised, so a letter with a combining accent is not the precomposed one.
// Each run of bytes that is not UTF-8 becomes one U+FFFD.
type Tokenizer struct {
	// Filters are the characters that become spaces; empty means
	// DefaultFilters.
	Filters string
	// NoFilters leaves every character in; words then part at spaces alone.
	NoFilters bool
	// Case says which capital letters are made small; default all.
	Case Case
}

// Words cuts a text into its words. An empty text has none.
func (t Tokenizer) Words(text string) []string {
	var words []string
	t.splitter().each(text, func(w string) { words = append(words, w) })
	return words
}

// splitter is a Tokenizer made ready: which characters part words.
type splitter struct {
	letters Case
	ascii   [utf8.RuneSelf]bool
	other   string // filtered characters beyond ASCII
}

func (t Tokenizer) splitter() *splitter {
	s := &splitter{letters: t.Case}
	s.ascii[' '] = true
	filters := t.Filters
	switch {
	case t.NoFilters:
		filters = ""
	case filters == "":
		filters = DefaultFilters
	}
	for _, r := range filters {
		if r < utf8.RuneSelf {
			s.ascii[r] = true
		} else {
			s.other += string(r)
		}
	}
	return s
}

// each calls word with each word of text, in order. The words share the memory
// of a copy of text.
func (s *splitter) each(text string, word func(string)) {
	text = lower(strings.ToValidUTF8(text, "\uFFFD"), s.letters)
	start := 0
	for i := 0; i < len(text); {
		c, size := text[i], 1
		parts := false
		if c < utf8.RuneSelf {
			parts = s.ascii[c]
		} else if s.other != "" {
			var r rune
			r, size = utf8.DecodeRuneInString(text[i:])
			parts = strings.ContainsRune(s.other, r)
		}
		if parts {
			if start < i {
				word(text[start:i])
			}
			start = i + size
		}
		i += size
	}
	if start < len(text) {
		word(text[start:])
	}
}

// lower makes letters small. Unicode's full mapping is the one Python uses: a
// capital sigma at the end of a word becomes a final one, a dotted I two
// characters.
func lower(text string, letters Case) string {
	if letters == Keep {
		return text
	}
	capital, ascii := false, true
	for i := range len(text) {
		c := text[i]
		capital = capital || 'A' <= c && c <= 'Z'
		ascii = ascii && c < utf8.RuneSelf
	}
	switch {
	case !ascii && letters == Lower:
		return cases.Lower(language.Und).String(text)
	case !capital:
		return text
	}
	b := []byte(text)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}
