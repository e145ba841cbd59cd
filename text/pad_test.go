package text

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestPadSequences(t *testing.T) {
	var want struct {
		X    [][]int32
		Pads []struct {
			MaxLen              int
			Padding, Truncating Side
			Value               int32
			Rows                []int32
		}
	}
	readJSON(t, "pad.json", &want)
	if len(want.Pads) != 72 {
		t.Fatalf("%d cases", len(want.Pads))
	}
	for _, c := range want.Pads {
		o := PadOptions{MaxLen: c.MaxLen, Padding: c.Padding, Truncating: c.Truncating, Value: c.Value}
		if got, err := PadSequences(want.X, o); err != nil || !slices.Equal(got, c.Rows) {
			t.Errorf("%+v: %v %v, want %v", o, got, err, c.Rows)
		}
	}
}

func TestPadErrors(t *testing.T) {
	x := [][]int32{{1}, {2}}
	for _, c := range []struct {
		o    PadOptions
		want string
	}{
		{PadOptions{}, "maxlen 0: want the number of time steps to pad to, 1 or more"},
		{PadOptions{MaxLen: -3}, "maxlen -3"},
		{PadOptions{MaxLen: 1, Padding: 7}, "padding Side(7)"},
		{PadOptions{MaxLen: 1, Truncating: 2}, "truncating Side(2)"},
		{PadOptions{MaxLen: math.MaxInt32}, "too large"},
		{PadOptions{MaxLen: math.MaxInt}, "too large"},
	} {
		if _, err := PadSequences(x, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.o, err, c.want)
		}
	}
	if rows, err := PadSequences(nil, PadOptions{MaxLen: 3}); err != nil || len(rows) != 0 {
		t.Errorf("no sequences: %v %v", rows, err)
	}
	var s Side
	if err := s.UnmarshalText([]byte("front")); err == nil || !strings.Contains(err.Error(), `"front": want pre or post`) {
		t.Errorf("side front: %v", err)
	}
	if _, err := Side(9).MarshalText(); err == nil {
		t.Error("Side(9) has a name")
	}
}
