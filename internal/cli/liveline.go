package cli

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// liveLine is a terminal on which a line is drawn again and again. It keeps the
// line within the width: one that wraps could not be drawn over.
type liveLine struct{ o *output }

// Write implements [io.Writer]. A line that is to stay, as it ends in a line
// break, is wrapped between words.
func (l liveLine) Write(b []byte) (int, error) {
	line, live := strings.CutPrefix(string(b), "\r")
	width := l.o.width()
	switch done, stays := strings.CutSuffix(line, "\n"); {
	case live && stays:
		line = "\r" + eraseLine + wrapValues(strings.TrimRight(done, " "), width) + "\n"
	case live:
		line = "\r" + ansi.Truncate(line, width-1, "")
	}
	_, err := l.o.Write([]byte(line))
	return len(b), err
}

// eraseLine erases from the cursor to the line's end.
const eraseLine = "\x1b[K"

// wrapValues breaks a line before the dashes between its values.
func wrapValues(line string, width int) string {
	const dash = " - "
	var b strings.Builder
	at := 0
	for i, value := range strings.Split(line, dash) {
		n := ansi.StringWidth(value)
		switch {
		case i == 0:
			at = n
		case at+len(dash)+n <= width:
			b.WriteString(dash)
			at += len(dash) + n
		default:
			b.WriteString("\n " + dash)
			at = 1 + len(dash) + n
		}
		b.WriteString(value)
	}
	return b.String()
}
