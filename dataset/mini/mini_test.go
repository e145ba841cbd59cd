package mini

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"recurve/text"
)

// TestCorpus holds the embedded reviews to what they were written for.
func TestCorpus(t *testing.T) {
	reviews, err := Reviews()
	if err != nil {
		t.Fatal(err)
	}
	count := [2]int{}
	has := map[string]*[2]int{} // in how many reviews of each label a word stands
	texts := map[string]bool{}
	for i, r := range reviews {
		if n := len(strings.Fields(r.Text)); n < 10 || n > 60 {
			t.Errorf("review %d has %d words", i, n)
		}
		if texts[r.Text] {
			t.Errorf("review %d comes twice: %s", i, r.Text)
		}
		texts[r.Text] = true
		count[r.Label]++
		words := text.Tokenizer{}.Words(r.Text)
		slices.Sort(words)
		for _, w := range slices.Compact(words) {
			if has[w] == nil {
				has[w] = new([2]int)
			}
			has[w][r.Label]++
		}
	}
	if len(reviews) < 600 || count[0] != count[1] {
		t.Errorf("%d reviews, %d blame and %d praise: want 600 or more, half and half", len(reviews), count[0], count[1])
	}
	// No word may decide: guessing from it alone must be right in less than 62 %.
	for w, n := range has {
		right := n[1] + count[0] - n[0]
		if share := float64(max(right, len(reviews)-right)) / float64(len(reviews)); share > 0.62 {
			t.Errorf("the word %q alone tells the label in %.0f %% of the reviews", w, 100*share)
		}
	}
}

func TestLoad(t *testing.T) {
	const numWords = 500
	train, test, err := Load(Options{NumWords: numWords})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Processor(Options{NumWords: numWords})
	if err != nil {
		t.Fatal(err)
	}
	reviews, _ := Reviews()
	if train.Len()+test.Len() != len(reviews) || train.Len() < 3*test.Len() {
		t.Errorf("%d + %d reviews of %d", train.Len(), test.Len(), len(reviews))
	}
	if p.Size() != numWords || p.Vocabulary.Len() != numWords-4 || p.Check() != nil {
		t.Errorf("size %d, %d words, %v", p.Size(), p.Vocabulary.Len(), p.Check())
	}
	for _, x := range slices.Concat(train.X, test.X) {
		if x[0] != text.StartID || slices.Max(x) >= numWords || slices.Contains(x, 0) || slices.Contains(x, 3) {
			t.Fatalf("ids %v", x)
		}
	}
	d := train.Pad(30)
	if err := d.Check(); err != nil || d.N != train.Len() || d.Steps != 30 {
		t.Errorf("padded: %v, %d x %d", err, d.N, d.Steps)
	}
	for _, n := range []int{-5, 3} {
		if _, _, err := Load(Options{NumWords: n}); err == nil || !strings.Contains(err.Error(), "mini: text: a vocabulary of") {
			t.Errorf("%d words: %v", n, err)
		}
	}
}

// TestOracle compares with scikit-learn's split and Keras' Tokenizer; see
// tools/oracle/data_mini.py.
func TestOracle(t *testing.T) {
	small, err := os.ReadFile("testdata/small.tsv")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("testdata/small.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		NumWords    int `json:"num_words"`
		Words       []string
		Train, Test [][]int32
		TrainY      []float32 `json:"train_y"`
		TestY       []float32 `json:"test_y"`
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for _, want := range cases {
		o := Options{NumWords: want.NumWords}
		train, test, err := load(string(small), o)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(train.X, want.Train, slices.Equal) || !slices.Equal(train.Y, want.TrainY) {
			t.Errorf("%d words: training %v %v, want %v %v", o.NumWords, train.X, train.Y, want.Train, want.TrainY)
		}
		if !slices.EqualFunc(test.X, want.Test, slices.Equal) || !slices.Equal(test.Y, want.TestY) {
			t.Errorf("%d words: test %v %v, want %v %v", o.NumWords, test.X, test.Y, want.Test, want.TestY)
		}
		reviews, _, err := split(string(small))
		if err != nil {
			t.Fatal(err)
		}
		p, err := processor(reviews, o)
		if err != nil || !slices.Equal(p.Vocabulary.Words(), want.Words) {
			t.Errorf("%d words: vocabulary %q %v, want %q", o.NumWords, p.Vocabulary.Words(), err, want.Words)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, s := range []string{"2\tgood", "good", "1\t ", "1 good", "\n"} {
		if _, err := parse("0\tfine\n" + s); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", s, err)
		}
	}
	if r, err := parse("1\tgood\r\n0\tbad"); err != nil || len(r) != 2 || r[0] != (Review{"good", 1}) || r[1] != (Review{"bad", 0}) {
		t.Errorf("%v %v", r, err)
	}
	if _, _, err := load("1\tgood\n", Options{}); err == nil || !strings.Contains(err.Error(), "too few") {
		t.Errorf("one review: %v", err)
	}
}
