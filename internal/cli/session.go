package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"
)

// session is one command at work.
type session struct {
	ctx      context.Context
	in       io.Reader
	out, err *output
}

func newSession(ctx context.Context, streams Streams) *session {
	return &session{ctx: ctx, in: streams.In, out: newOutput(streams.Out), err: newOutput(streams.Err)}
}

// note writes a remark to standard error, wrapped in a terminal.
func (s *session) note(format string, args ...any) {
	remark := fmt.Sprintf(format, args...)
	if s.err.terminal {
		remark = ansi.Wrap(remark, s.err.width(), "")
	}
	fmt.Fprintln(s.err, remark)
}

// suggest writes what to type next: a line to copy, which isn't wrapped.
func (s *session) suggest(format string, args ...any) { fmt.Fprintf(s.err, format+"\n", args...) }

// gap is an empty line for the eye, in a terminal.
func (s *session) gap() {
	if s.err.terminal {
		fmt.Fprintln(s.err)
	}
}

// json writes one indented document to standard output.
func (s *session) json(v any) error {
	e := s.encoder()
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// encoder writes JSON to standard output, a document a line.
func (s *session) encoder() *json.Encoder {
	e := json.NewEncoder(writerFunc(s.out.plain))
	e.SetEscapeHTML(false)
	return e
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// output is standard output or standard error. Colours written to it come out
// as the terminal, or NO_COLOR, or a pipe will have them.
type output struct {
	raw      io.Writer
	terminal bool
	failed   error // the first error of writing

	styled *colorprofile.Writer
}

func newOutput(w io.Writer) *output {
	o := &output{raw: w, terminal: isTerminal(w)}
	o.styled = colorprofile.NewWriter(w, os.Environ())
	if !o.terminal {
		o.styled.Profile = colorprofile.NoTTY
	}
	return o
}

// Write implements [io.Writer].
func (o *output) Write(b []byte) (int, error) { return o.to(o.styled, b) }

// plain writes bytes as they are.
func (o *output) plain(b []byte) (int, error) { return o.to(o.raw, b) }

func (o *output) to(w io.Writer, b []byte) (int, error) {
	if o.failed != nil {
		return 0, o.failed
	}
	if _, err := w.Write(b); err != nil {
		o.failed = err
		return 0, err
	}
	return len(b), nil
}

// styles reports whether bold and faint letters come through.
func (o *output) styles() bool { return o.styled.Profile > colorprofile.NoTTY }

// plainWidth is for output that is not a terminal.
const plainWidth = 80

// width is the number of columns to write in.
func (o *output) width() int {
	if f, ok := o.raw.(interface{ Fd() uintptr }); ok && o.terminal {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return plainWidth
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}
