package cli

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// readAll reads all texts of a source.
func readAll(t *testing.T, s *textSource) []textItem {
	t.Helper()
	var out []textItem
	for {
		items, err := s.next()
		out = append(out, items...)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTextSource(t *testing.T) {
	long := strings.Repeat("x", longestText)
	for _, c := range []struct {
		name, in string
		want     []string // a text, or "!" and its problem
	}{
		{"lines", "a b\nc\n", []string{"a b", "c"}},
		{"no last line break", "a\nb", []string{"a", "b"}},
		{"line breaks of Windows, and its mark", "\ufeffa\r\n\ufeffb\r\n", []string{"a", "\ufeffb"}},
		{"empty lines", "\n\na\n", []string{"", "", "a"}},
		{"nothing", "", nil},
		{"as long as may be", long + "\nb", []string{long, "b"}},
		{"as long as may be, of Windows", long + "\r\nb", []string{long, "b"}},
		{"as long as may be, at the end", long, []string{long}},
		{"too long", long + "x\nb", []string{"!the text has 1.0 MiB: at most 1.0 MiB are judged; split it", "b"}},
		{"far too long", strings.Repeat(long, 10) + "\nb", []string{"!the text has 10.0 MiB: at most 1.0 MiB are judged; split it", "b"}},
	} {
		for name, r := range map[string]io.Reader{"": strings.NewReader(c.in), ", in halves": iotest.HalfReader(strings.NewReader(c.in))} {
			t.Run(c.name+name, func(t *testing.T) {
				var got []string
				for _, i := range readAll(t, newTextSource(r, "in")) {
					if i.problem != "" {
						i.text = "!" + i.problem + i.text
					}
					got = append(got, i.text)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestHugeLine reads a line that would not fit into memory twice over.
func TestHugeLine(t *testing.T) {
	const bytes = 64 << 20
	in := io.MultiReader(io.LimitReader(letters{}, bytes), strings.NewReader("\nshort"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	items := readAll(t, newTextSource(in, "in"))
	runtime.ReadMemStats(&after)
	if len(items) != 2 || !strings.Contains(items[0].problem, "64.0 MiB") || items[1].text != "short" {
		t.Errorf("got %d texts, the first with %q", len(items), items[0].problem)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("reading a line of %d bytes took %d bytes of memory", bytes, used)
	}
}

// letters is a reader of the letter a without end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// TestTextsAreNotKeptWaiting wants a text before the next one arrives.
func TestTextsAreNotKeptWaiting(t *testing.T) {
	r, w := io.Pipe()
	s := newTextSource(&interruptible{ctx: t.Context(), r: r}, "standard input")
	for _, text := range []string{"one", "two"} {
		go io.WriteString(w, text+"\n")
		items, err := s.next()
		if err != nil || len(items) != 1 || items[0].text != text {
			t.Fatalf("got %v, %v; want %q", items, err, text)
		}
	}
	w.CloseWithError(errors.New("unplugged"))
	if _, err := s.next(); err == nil || err.Error() != "standard input: unplugged" {
		t.Errorf("a broken stream gives %v", err)
	}
}

func TestWaitingForTextIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := io.Pipe() // nothing ever comes
	s := newTextSource(&interruptible{ctx: ctx, r: r}, "standard input")
	cancel()
	if _, err := s.next(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
