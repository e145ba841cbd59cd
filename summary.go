package recurve

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Summary is Keras 3's table of the model's layers, output shapes and
// parameter counts, for a terminal of the given width in columns (0 means 80).
// Once the model was trained, the total includes the optimizer's variables.
func (m *Model) Summary(width int) string {
	if width <= 0 {
		width = 80
	}
	line := min(88, max(width-4, 20))
	// Keras' columns end at these parts of the line; the borders take their
	// share from within.
	a, b := int(0.45*float64(line)), int(0.80*float64(line))
	t := table{widths: []int{a - 1, b - a - 2, line - b - 1}}
	t.rows = append(t.rows, []string{"Layer (type)", "Output Shape", "Param #"})
	for _, op := range m.net.Operators {
		t.rows = append(t.rows, []string{
			fmt.Sprintf("%s (%s)", op.Name(), op.Layer().ClassName()),
			op.Output().String(),
			thousands(countParams(op.Params())),
		})
	}

	params, optimizer := m.CountParams(), 0
	var optimizerBytes int
	if s := m.Optimizer(); s != nil && s.Iterations > 0 {
		optimizer = 2 + countParams(s.Variables()) // with iteration (int64) and learning rate
		optimizerBytes = 4*optimizer + 4
	}
	var out strings.Builder
	fmt.Fprintf(&out, "Model: %q\n", m.Name())
	t.write(&out)
	total := func(what string, n, bytes int) {
		fmt.Fprintf(&out, " %s: %s (%s)\n", what, thousands(n), memory(bytes))
	}
	total("Total params", params+optimizer, 4*params+optimizerBytes)
	total("Trainable params", params, 4*params)
	total("Non-trainable params", 0, 0)
	if optimizer > 0 {
		total("Optimizer params", optimizer, optimizerBytes)
	}
	return out.String()
}

// table draws rows in Keras' frame, the first as the header. The last column
// is aligned right.
type table struct {
	widths []int // with a space at either side
	rows   [][]string
}

func (t table) write(out *strings.Builder) {
	t.rule(out, "┏", "━", "┳", "┓")
	t.row(out, t.rows[0], "┃", true)
	t.rule(out, "┡", "━", "╇", "┩")
	for i, r := range t.rows[1:] {
		if i > 0 {
			t.rule(out, "├", "─", "┼", "┤")
		}
		t.row(out, r, "│", false)
	}
	t.rule(out, "└", "─", "┴", "┘")
}

func (t table) rule(out *strings.Builder, left, dash, cross, right string) {
	for _, w := range t.widths {
		out.WriteString(left + strings.Repeat(dash, w))
		left = cross
	}
	out.WriteString(right + "\n")
}

// row writes a row, whose cells may take several lines; bottom lets shorter
// cells stand low.
func (t table) row(out *strings.Builder, cells []string, bar string, bottom bool) {
	lines, height := make([][]string, len(cells)), 0
	for i, c := range cells {
		lines[i] = wrap(c, t.widths[i]-2)
		height = max(height, len(lines[i]))
	}
	for h := range height {
		for i, w := range t.widths {
			text, n := "", h
			if bottom {
				n -= height - len(lines[i])
			}
			if n >= 0 && n < len(lines[i]) {
				text = lines[i][n]
			}
			fill := strings.Repeat(" ", max(w-2-utf8.RuneCountInString(text), 0))
			if i == len(t.widths)-1 {
				text, fill = fill, text
			}
			out.WriteString(bar + " " + text + fill + " ")
		}
		out.WriteString(bar + "\n")
	}
}

// wrap breaks text at spaces into lines of at most width runes, and cuts words
// that are longer.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if r := []rune(word); len(r) > width {
			word = string(r[:max(width-1, 0)]) + "…"
		}
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// thousands writes n with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// memory writes a number of bytes as Keras does.
func memory(bytes int) string {
	v := float64(bytes)
	for _, unit := range []string{"B", "KB", "MB", "GB", "TB"} {
		if v < 1024 {
			return fmt.Sprintf("%.2f %s", v, unit)
		}
		v /= 1024
	}
	return fmt.Sprintf("%.2f PB", v)
}
