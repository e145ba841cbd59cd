package dataset

import (
	"math"
	"slices"
	"strings"
	"testing"

	"recurve/text"
)

func expect(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

func TestFromIDs(t *testing.T) {
	d, err := FromIDs([][]int32{{1, 2, 3}, {4, 5, 6}}, []float32{0, 1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.IDs, []int32{1, 2, 3, 4, 5, 6}) || d.N != 2 || d.Steps != 3 || d.Width != 0 || d.Outputs != 2 || d.Err() != nil {
		t.Errorf("%+v", d)
	}
	if d, err := FromIDs([][]int32{{1}}, nil); err != nil || d.Y != nil || d.Outputs != 0 {
		t.Errorf("no targets: %+v %v", d, err)
	}
	_, err = FromIDs(nil, nil)
	expect(t, err, "no ids")
	_, err = FromIDs([][]int32{{}, {}}, nil)
	expect(t, err, "no ids")
	_, err = FromIDs([][]int32{{1, 2}, {3}}, nil)
	expect(t, err, "sequence 1 has 1 ids where sequence 0 has 2: pad them")
	_, err = FromIDs([][]int32{{1}, {2}}, []float32{1, 2, 3})
	expect(t, err, "3 targets do not belong to 2 samples")
	_, err = FromIDs([][]int32{{1}, {2}}, []float32{})
	expect(t, err, "0 targets do not belong to 2 samples")
}

func TestFromFeatures(t *testing.T) {
	d, err := FromFeatures(make([]float32, 12), 2, 3, 2, []float32{1, 2})
	if err != nil || d.Outputs != 1 {
		t.Errorf("%+v %v", d, err)
	}
	_, err = FromFeatures(make([]float32, 12), 2, 3, 3, nil)
	expect(t, err, "12 values do not make 2 samples of 3 steps of 3 features")
	_, err = FromFeatures(make([]float32, 12), 0, 3, 2, nil)
	expect(t, err, "0 samples")
	_, err = FromFeatures(nil, 2, 3, 2, nil)
	expect(t, err, "neither")
	_, err = FromFeatures([]float32{1}, math.MaxInt, math.MaxInt, 4, nil)
	expect(t, err, "do not make")
}

func TestCheck(t *testing.T) {
	for want, d := range map[string]*Dataset{
		"0 samples of 0 time steps": {},
		"both IDs and Features":     {IDs: []int32{1}, Features: []float32{1}, N: 1, Steps: 1, Width: 1},
		"width 3 is given for IDs":  {IDs: []int32{1}, N: 1, Steps: 1, Width: 3},
		"2 ids do not make":         {IDs: []int32{1, 2}, N: 1, Steps: 1},
		"one-hot depth -1":          {IDs: []int32{1}, N: 1, Steps: 1, Depth: -1},
		"depth 5 is given for Feat": {Features: []float32{1}, N: 1, Steps: 1, Width: 1, Depth: 5},
		"2 outputs but no targets":  {IDs: []int32{1}, N: 1, Steps: 1, Outputs: 2},
		"1 targets do not belong":   {IDs: []int32{1}, N: 1, Steps: 1, Y: []float32{1}, Outputs: 2},
	} {
		expect(t, d.Check(), want)
	}
}

func TestOneHot(t *testing.T) {
	d, err := FromIDs([][]int32{{0, 4}, {2, 3}}, []float32{1, 0})
	if err != nil {
		t.Fatal(err)
	}
	h := d.OneHot(5)
	if h.Check() != nil || h.Depth != 5 || &h.IDs[0] != &d.IDs[0] || d.Depth != 0 {
		t.Errorf("%+v %v", h, h.Check())
	}
	expect(t, d.OneHot(4).Err(), "id 4 in sample 0, step 1: want 0 to 3 (depth 4)")
	expect(t, d.OneHot(0).Check(), "depth 0")
	d.IDs[3] = -1
	expect(t, d.OneHot(5).Check(), "id -1 in sample 1, step 1")
	f, _ := FromFeatures([]float32{1}, 1, 1, 1, nil)
	expect(t, f.OneHot(3).Check(), "real values")
}

func sequences() *Sequences {
	return &Sequences{X: [][]int32{{1, 2, 3}, {4}, {}, {5, 6}, {7, 8}}, Y: []float32{0, 1, 2, 3, 4}}
}

func TestSplit(t *testing.T) {
	s := sequences()
	train, test := s.Split(0.3, 42)
	// scikit-learn: train_test_split(range(5), test_size=0.3, random_state=42)
	if !slices.Equal(train.Y, []float32{2, 0, 3}) || !slices.Equal(test.Y, []float32{1, 4}) {
		t.Errorf("rows %v and %v", train.Y, test.Y)
	}
	if len(train.X) != 3 || len(train.X[0]) != 0 || &train.X[1][0] != &s.X[0][0] || train.Err() != nil {
		t.Errorf("%v", train.X)
	}
	s.Y = nil
	if train, test := s.Split(0.3, 42); train.Y != nil || test.Y != nil || train.Check() != nil {
		t.Errorf("no targets: %v %v", train.Y, test.Y)
	}
}

// TestErrorsStay follows an error through everything made from its value.
func TestErrorsStay(t *testing.T) {
	train, test := sequences().Split(2, 0)
	expect(t, train.Err(), "split: test size 2")
	expect(t, test.Check(), "split: test size 2")
	again, _ := train.Split(0.5, 0)
	expect(t, again.Check(), "test size 2")
	expect(t, again.Rows([]int{0}).Check(), "test size 2")
	expect(t, train.Pad(3).Err(), "test size 2")
	expect(t, train.Pad(3).OneHot(3).Check(), "test size 2")
	expect(t, sequences().Pad(0).OneHot(9).Check(), "maxlen 0")
	expect(t, sequences().Pad(-1).Err(), "maxlen -1")
	expect(t, sequences().Rows([]int{5}).Check(), "row 5")
	expect(t, new(Sequences).Pad(3).Check(), "no sequences")
	expect(t, (&Sequences{X: [][]int32{{1}}, Y: []float32{1, 2}}).Pad(3).Check(), "2 targets for 1 sequences")
	if d := sequences().Pad(0); d.N != 0 || d.IDs != nil {
		t.Errorf("%+v", d)
	}
}

func TestPad(t *testing.T) {
	d := sequences().Pad(2)
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.IDs, []int32{2, 3, 0, 4, 0, 0, 5, 6, 7, 8}) || d.N != 5 || d.Steps != 2 || d.Outputs != 1 || len(d.Y) != 5 {
		t.Errorf("%+v", d)
	}
	d = sequences().PadWith(text.PadOptions{MaxLen: 2, Padding: text.Post, Truncating: text.Post, Value: 9})
	if !slices.Equal(d.IDs, []int32{1, 2, 4, 9, 9, 9, 5, 6, 7, 8}) {
		t.Errorf("post: %v", d.IDs)
	}
	if d := (&Sequences{X: [][]int32{{1}}}).Pad(2); d.Check() != nil || d.Outputs != 0 || d.Y != nil {
		t.Errorf("no targets: %+v", d)
	}
}

func TestFromTexts(t *testing.T) {
	p, err := text.Build([]string{"good film"}, text.Tokenizer{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = FromTexts(p, []string{"good"})
	expect(t, err, "maxlen 0")
	p.Pad.MaxLen = 3
	d, err := FromTexts(p, []string{"good", "a film"})
	if err != nil || !slices.Equal(d.IDs, []int32{0, 1, 4, 1, 2, 5}) || d.N != 2 || d.Y != nil {
		t.Errorf("%+v %v", d, err)
	}
	_, err = FromTexts(p, nil)
	expect(t, err, "0 samples")
}
