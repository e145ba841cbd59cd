package numpy

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func TestIntLists(t *testing.T) {
	var expected map[string][][]int32
	readJSON(t, "lists.json", &expected)
	z := openNPZ(t, "lists.npz")
	if len(z.Names()) < 30 {
		t.Fatalf("only %d arrays", len(z.Names()))
	}
	for _, name := range z.Names() {
		want := expected[name[:strings.LastIndexByte(name, '_')]]
		got, err := z.IntLists(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d lists, want %d", name, len(got), len(want))
			continue
		}
		for i := range want {
			if len(got[i]) != len(want[i]) || len(want[i]) > 0 && !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("%s, list %d: %v, want %v", name, i, got[i], want[i])
			}
		}
	}
}

// TestRefused has everything that is not an array of lists of integers; the
// texts are what a person reads.
func TestRefused(t *testing.T) {
	reasons := map[string]string{
		"system": "refused", "system_inside": "refused", "eval": "refused", "code": "refused",
		"strings": "only integers", "string": "only integers", "floats": "refused",
		"none": "None stands in a list", "none_inside": "None stands in a list", "bools": "a truth value stands in a list",
		"tuples": "a tuple stands in a list", "tuples_inside": "a tuple stands in a list", "dicts": "refused", "sets": "refused",
		"integers": "not lists of integers", "mixed": "want lists of integers", "arrays": "refused", "numpy_integers": "refused",
		"nested": "a list in a list", "nested_once": "a list in a list", "nested_empty": "a list in a list", "itself": "a list stands in",
		"big": "does not fit 32 bits", "huge": "does not fit 32 bits", "bytes": "refused", "long_text": "only integers",
		"complex": "refused", "two": "one axis", "numbers": "want an array of Python lists", "protocol0": "refused",
		"other": "more lists than",
	}
	z := openNPZ(t, "refused.npz")
	if len(z.Names()) < 50 {
		t.Fatalf("only %d arrays", len(z.Names()))
	}
	for _, name := range z.Names() {
		key := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_2"), "_4"), "_axes"), "_length")
		_, err := z.IntLists(name)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if key == "bytes" || key == "numpy_integers" || key == "floats" {
			continue // which opcode comes first differs with the protocol
		}
		if want, ok := reasons[key]; !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", name, err, want)
		}
	}
}

func TestIntListsCut(t *testing.T) {
	z := openNPZ(t, "lists.npz")
	for _, name := range []string{"small_2", "small_4", "python_2", "shared_5"} {
		b, err := z.bytes(name, maxArrayBytes)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readIntLists(b); err != nil {
			t.Fatal(err)
		}
		for n := range b {
			if _, err := readIntLists(b[:n]); err == nil {
				t.Errorf("%s cut to %d bytes: no error", name, n)
			}
		}
		if _, err := readIntLists(append(bytes.Clone(b), 'x')); err == nil || !strings.Contains(err.Error(), "follow its end") {
			t.Errorf("%s and more: %v", name, err)
		}
	}
}

// TestHostile has pickles that ask for much memory or time with few bytes.
func TestHostile(t *testing.T) {
	const start = "\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85X\x01\x00\x00\x00b\x87R"
	repeat := strings.Repeat
	for _, c := range []struct {
		name, pickle string
		rows         int
		want         string
	}{
		{"many rows", start, maxRows + 1, "at most"},
		{"more rows than bytes", start, 1 << 20, "too short"},
		{"open values", "\x80\x02" + repeat("K\x01", 1<<17), 1, "open at once"},
		{"marks", "\x80\x02" + repeat("(", 1<<17), 1, "open at once"},
		{"lists", "\x80\x02" + repeat("]", 1<<10), 1, "more lists"},
		{"memo", "\x80\x02K\x01" + repeat("\x94", 1<<17), 1, "remembered"},
		{"tuples", "\x80\x02K\x01" + repeat("\x85", 1<<17), 1, "tuples"},
		{"wide tuple", "\x80\x02(" + repeat("K\x01", 1000) + "t", 1, "tuples"},
		{"text length", "\x80\x02X\xff\xff\xff\xff", 1, "a text of 4294967295 bytes"},
		{"line without end", "\x80\x02c" + repeat("x", 1000), 1, "cut short"},
		{"get unknown", "\x80\x02h\x05", 1, "never remembered"},
		{"append to nothing", "\x80\x02K\x01a", 1, "stack is empty"},
		{"append to an integer", "\x80\x02K\x01K\x02a", 1, "appends to an integer"},
		{"interleaved lists", "\x80\x02]q\x00K\x01a]q\x01K\x01ah\x00K\x02a", 2, "goes on after another"},
		{"no mark", "\x80\x02]K\x01e", 1, "no mark"},
		{"tuple over a mark", "\x80\x02(K\x01\x86", 1, "over a mark"},
		{"call an integer", "\x80\x02K\x01)R", 1, "not a class"},
		{"state for a list", "\x80\x02])b", 1, "refused"},
		{"new object", "\x80\x02cnumpy\nndarray\n)\x81", 1, "refused"},
		{"extension", "\x80\x02\x82\x01", 1, "refused"},
		{"persistent", "\x80\x02K\x01Q", 1, "refused"},
		{"nothing", "\x80\x02.", 1, "not an array"},
		{"unbuilt", start + ".", 0, "not an array"},
		{"protocol 9", "\x80\x09.", 1, "protocol 9"},
		{"empty", "", 0, "cut short"},
	} {
		_, err := unpickleIntLists([]byte(c.pickle), c.rows)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
