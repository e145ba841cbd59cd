package text

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"unicode/utf8"
)

// The fixtures are made by tools/oracle/data_text.py.

func readJSON(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

type wordsFixture struct {
	Texts []string
	Cases []struct {
		Options struct {
			Lower   *bool
			Filters *string
		}
		Words [][]string
	}
	Lowered map[string]string
}

func TestWords(t *testing.T) {
	var want wordsFixture
	readJSON(t, "words.json", &want)
	for _, c := range want.Cases {
		tok := Tokenizer{}
		if c.Options.Lower != nil {
			tok.Case = Keep
		}
		if f := c.Options.Filters; f != nil {
			tok.Filters, tok.NoFilters = *f, *f == ""
		}
		for i, text := range want.Texts {
			if got := tok.Words(text); !slices.Equal(got, c.Words[i]) {
				t.Errorf("%+v %q: %q, want %q", tok, text, got, c.Words[i])
			}
		}
	}
}

// TestLower has Python's small form of every character that has one.
func TestLower(t *testing.T) {
	var want wordsFixture
	readJSON(t, "words.json", &want)
	if len(want.Lowered) < 1300 {
		t.Fatalf("only %d characters", len(want.Lowered))
	}
	for code, small := range want.Lowered {
		c, err := strconv.ParseInt(code, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		if got := lower(string(rune(c)), Lower); got != small {
			t.Errorf("U+%s: %q, want %q", code, got, small)
		}
	}
}

func TestCase(t *testing.T) {
	const text = "ÀB Éa ΣΣ"
	for c, want := range map[Case][]string{
		Lower: {"àb", "éa", "σς"}, LowerASCII: {"Àb", "Éa", "ΣΣ"}, Keep: {"ÀB", "Éa", "ΣΣ"},
	} {
		if got := (Tokenizer{Case: c}).Words(text); !slices.Equal(got, want) {
			t.Errorf("%d: %q, want %q", c, got, want)
		}
	}
}

func TestInvalidUTF8(t *testing.T) {
	got := Tokenizer{}.Words("good\xff\xfe bad\xc3 \x80")
	if want := []string{"good\uFFFD", "bad\uFFFD", "\uFFFD"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzWords(f *testing.F) {
	var fixture wordsFixture
	readJSON(f, "words.json", &fixture)
	for _, s := range fixture.Texts {
		f.Add(s, "")
		f.Add(s, "é!")
	}
	f.Add("\xff", "\xff")
	f.Fuzz(func(t *testing.T, text, filters string) {
		for _, w := range (Tokenizer{Filters: filters}).Words(text) {
			if w == "" || !utf8.ValidString(w) {
				t.Errorf("%q, %q: the word %q", text, filters, w)
			}
		}
	})
}
