package text

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// processor knows the, film, was, good as 4 to 7 and keeps ids below 7.
func processor(t testing.TB) *Processor {
	t.Helper()
	v, err := NewVocabulary(4, []string{"the", "film", "was", "good"})
	if err != nil {
		t.Fatal(err)
	}
	return &Processor{
		Vocabulary: v, NumWords: 7, StartID: 1, OOVID: 2,
		Pad: PadOptions{MaxLen: 4}, Labels: []string{"negative", "positive"},
	}
}

func TestEncode(t *testing.T) {
	const text = "The film WAS good, really."
	for _, c := range []struct {
		name   string
		change func(*Processor)
		want   []int32
	}{
		{"as it is", func(*Processor) {}, []int32{1, 4, 5, 6, 2, 2}},
		{"all words", func(p *Processor) { p.NumWords = 0 }, []int32{1, 4, 5, 6, 7, 2}},
		{"more than there are", func(p *Processor) { p.NumWords = 100 }, []int32{1, 4, 5, 6, 7, 2}},
		{"no start", func(p *Processor) { p.StartID = None }, []int32{4, 5, 6, 2, 2}},
		{"no oov", func(p *Processor) { p.OOVID = None }, []int32{1, 4, 5, 6}},
		{"skip top", func(p *Processor) { p.SkipTop = 5 }, []int32{2, 2, 5, 6, 2, 2}},
		{"skip top, no oov", func(p *Processor) { p.SkipTop, p.OOVID = 5, None }, []int32{5, 6}},
		{"few ids", func(p *Processor) { p.NumWords = 1 }, []int32{2, 2, 2, 2, 2, 2}},
		{"case", func(p *Processor) { p.Tokenizer.Case = Keep }, []int32{1, 2, 5, 2, 2, 2}},
	} {
		p := processor(t)
		c.change(p)
		if got := p.Encode(text); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	p := processor(t)
	if got := p.Encode(""); !slices.Equal(got, []int32{1}) {
		t.Errorf("an empty text: %v", got)
	}
	rows, err := p.Rows("the", "the film was good")
	if err != nil || !slices.Equal(rows, []int32{0, 0, 1, 4, 4, 5, 6, 2}) {
		t.Errorf("rows %v %v", rows, err)
	}
	p.Pad.MaxLen = 0
	if _, err := p.Rows("the"); err == nil || !strings.Contains(err.Error(), "maxlen 0") {
		t.Errorf("no maxlen: %v", err)
	}
}

func TestCoverageAndDecode(t *testing.T) {
	p := processor(t)
	c := p.Coverage("the film was good, really")
	if c != (Coverage{Known: 3, Words: 5}) || c.Share() != 0.6 {
		t.Errorf("%+v %v", c, c.Share())
	}
	if c := p.Coverage("영화가 정말"); c != (Coverage{Words: 2}) || c.Share() != 0 {
		t.Errorf("unknown script: %+v", c)
	}
	if c := p.Coverage(" !"); c != (Coverage{}) || c.Share() != 0 {
		t.Errorf("no words: %+v %v", c, c.Share())
	}
	if got := p.Decode([]int32{0, 0, 1, 4, 5, 2, 3, -7, 99}); got != "[START] the film [OOV] [3] [-7] [99]" {
		t.Errorf("%q", got)
	}
	if p.Label(1) != "positive" || p.Label(2) != "2" || p.Label(-1) != "-1" {
		t.Errorf("labels %q %q %q", p.Label(1), p.Label(2), p.Label(-1))
	}
}

func TestSize(t *testing.T) {
	p := processor(t)
	for _, c := range []struct {
		words int
		oov   int32
		pad   int32
		want  int
	}{{7, 2, 0, 7}, {0, 2, 0, 8}, {500, 2, 0, 8}, {2, 2, 0, 3}, {7, None, 0, 7}, {7, 20, 0, 21}, {7, 2, 30, 31}} {
		p.NumWords, p.OOVID, p.Pad.Value = c.words, c.oov, c.pad
		if got := p.Size(); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

func TestBuild(t *testing.T) {
	texts := []string{"b a a", "c a b"}
	p, err := Build(texts, Tokenizer{}, 6)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Vocabulary.Words(); !slices.Equal(got, []string{"a", "b"}) || p.Size() != 6 {
		t.Errorf("%v, size %d", got, p.Size())
	}
	if got := p.Encode("A b c"); !slices.Equal(got, []int32{1, 4, 5, 2}) {
		t.Errorf("%v", got)
	}
	all, err := Build(texts, Tokenizer{}, 0)
	if err != nil || all.Vocabulary.Len() != 3 || all.Size() != 7 {
		t.Errorf("all words: %v %v", all, err)
	}
	for _, n := range []int{-1, 1, 4} {
		if _, err := Build(texts, Tokenizer{}, n); err == nil {
			t.Errorf("%d ids: no error", n)
		}
	}
	if _, err := Build([]string{"", "!"}, Tokenizer{}, 0); err == nil {
		t.Error("no words: no error")
	}
}

func TestCheck(t *testing.T) {
	for want, change := range map[string]func(*Processor){
		"no vocabulary": func(p *Processor) { p.Vocabulary = nil }, "num_words -1": func(p *Processor) { p.NumWords = -1 },
		"skip_top": func(p *Processor) { p.SkipTop = -1 }, "start id -2": func(p *Processor) { p.StartID = -2 },
		"out-of-vocabulary id": func(p *Processor) { p.OOVID = -2 }, "padding id": func(p *Processor) { p.Pad.Value = -1 },
		"maxlen": func(p *Processor) { p.Pad.MaxLen = -1 }, "Case(9)": func(p *Processor) { p.Tokenizer.Case = 9 },
		"Side(3)": func(p *Processor) { p.Pad.Padding = 3 },
	} {
		p := processor(t)
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		change(p)
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if _, err := json.Marshal(p); err == nil {
			t.Errorf("%s: it was written", want)
		}
	}
}

const goldenJSON = `{"format":"recurve text","version":1,"tokenizer":{"filters":"!\"#$%\u0026()*+,-./:;\u003c=\u003e?@[\\]^_` + "`" + `{|}~\t\n","case":"lower"},` +
	`"num_words":7,"skip_top":0,"start_id":1,"oov_id":2,"pad":{"id":0,"maxlen":4,"padding":"pre","truncating":"pre"},` +
	`"labels":["negative","positive"],"first_id":4,"words":["the","film","was","good"]}`

func TestJSON(t *testing.T) {
	p := processor(t)
	b, err := json.Marshal(p)
	if err != nil || string(b) != goldenJSON {
		t.Errorf("%v\n got %s\nwant %s", err, b, goldenJSON)
	}
	for _, change := range []func(*Processor){
		func(*Processor) {}, func(p *Processor) { p.StartID, p.OOVID = None, None },
		func(p *Processor) { p.Tokenizer = Tokenizer{NoFilters: true, Case: LowerASCII} },
		func(p *Processor) { p.Tokenizer = Tokenizer{Filters: "é\x00\u2028", Case: Keep} },
		func(p *Processor) { p.Pad = PadOptions{MaxLen: 9, Padding: Post, Truncating: Post, Value: 3} },
		func(p *Processor) { p.Labels, p.NumWords, p.SkipTop = nil, 0, 3 },
	} {
		p := processor(t)
		change(p)
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back Processor
		if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(&back, p) {
			t.Errorf("%v: read\n%+v\nwant\n%+v", err, back, *p)
		}
		again, _ := json.Marshal(&back)
		if !bytes.Equal(again, b) {
			t.Errorf("written again: %s, want %s", again, b)
		}
	}
}

func TestDamagedJSON(t *testing.T) {
	for n := range goldenJSON {
		if err := json.Unmarshal([]byte(goldenJSON[:n]), new(Processor)); err == nil {
			t.Errorf("cut to %d bytes: no error", n)
		}
	}
	for _, c := range []struct{ old, new, want string }{
		{`"version":1`, `"version":2`, "version 2"},
		{`recurve text`, `other`, `format "other"`},
		{`"num_words":7`, `"num_words":-7`, "num_words -7"},
		{`"num_words":7`, `"num_words":1e99`, "damaged"},
		{`"start_id":1`, `"start_id":-1`, "id -1"},
		{`"case":"lower"`, `"case":"upper"`, "want lower"},
		{`"padding":"pre"`, `"padding":"left"`, "want pre or post"},
		{`"maxlen":4`, `"maxlen":-4`, "maxlen -4"},
		{`"film"`, `"the"`, "comes twice"},
		{`"film"`, `""`, "not a word"},
		{`"film"`, `7`, "damaged"},
		{`"first_id":4`, `"first_id":-4`, "first id -4"},
		{`"first_id":4`, `"first_id":4,"more":1`, "more"},
		{`"words"`, `"wordz"`, "wordz"},
	} {
		damaged := strings.Replace(goldenJSON, c.old, c.new, 1)
		p := Processor{NumWords: 77}
		err := p.UnmarshalJSON([]byte(damaged))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.new, err, c.want)
		}
		if p.NumWords != 77 {
			t.Errorf("%s: the processor was changed", c.new)
		}
	}
	if err := new(Processor).UnmarshalJSON([]byte(goldenJSON + "{}")); err == nil || !strings.Contains(err.Error(), "more after") {
		t.Errorf("more after the end: %v", err)
	}
}

func TestCompact(t *testing.T) {
	p := processor(t)
	c := p.Compact()
	if c.Vocabulary.Len() != 3 || p.Vocabulary.Len() != 4 {
		t.Errorf("%d words of %d", c.Vocabulary.Len(), p.Vocabulary.Len())
	}
	const text = "the film was good"
	if !slices.Equal(c.Encode(text), p.Encode(text)) || c.Size() != p.Size() {
		t.Errorf("%v %d, want %v %d", c.Encode(text), c.Size(), p.Encode(text), p.Size())
	}
}

func FuzzProcessorJSON(f *testing.F) {
	f.Add([]byte(goldenJSON))
	f.Add([]byte(strings.Replace(goldenJSON, `"start_id":1`, `"start_id":null`, 1)))
	f.Add([]byte(strings.Replace(goldenJSON, `"first_id":4`, `"first_id":1073741824`, 1)))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p Processor
		if err := p.UnmarshalJSON(b); err != nil {
			return
		}
		first, err := json.Marshal(&p)
		if err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		var back Processor
		if err := back.UnmarshalJSON(first); err != nil || !reflect.DeepEqual(back, p) {
			t.Fatalf("%v: %+v became %+v", err, p, back)
		}
		ids := p.Encode("The film was good, really!")
		for _, id := range ids {
			if id < 0 || int(id) >= p.Size() {
				t.Fatalf("id %d where the size is %d", id, p.Size())
			}
		}
		p.Decode(ids)
		p.Coverage("the film")
	})
}
