package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
)

// column is a column of a table: its title, and whether it holds numbers, which
// stand to the right.
type column struct {
	title string
	right bool
}

func words(titles ...string) []column {
	var out []column
	for _, t := range titles {
		out = append(out, column{title: t})
	}
	return out
}

func numbers(titles ...string) []column {
	out := words(titles...)
	for i := range out {
		out[i].right = true
	}
	return out
}

// table writes rows under their titles. One that is too wide for the output
// is wrapped.
func (o *output) table(columns []column, rows [][]string) {
	var titles []string
	for _, c := range columns {
		titles = append(titles, c.title)
	}
	t := table.New().Headers(titles...).Rows(rows...).
		Border(lipgloss.NormalBorder()).BorderStyle(faint()).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderColumn(false).
		StyleFunc(func(row, col int) lipgloss.Style {
			st := lipgloss.NewStyle()
			if col > 0 {
				st = st.PaddingLeft(2)
			}
			if row == table.HeaderRow {
				st = st.Bold(true)
			}
			if columns[col].right {
				st = st.Align(lipgloss.Right)
			}
			return st
		})
	if lipgloss.Width(t.Render()) > o.width() {
		t = t.Width(o.width())
	}
	lines := strings.Split(t.Render(), "\n")
	for _, line := range lines {
		fmt.Fprintln(o, strings.TrimRight(line, " "))
	}
}

// facts writes names and values in two columns.
func (o *output) facts(rows [][2]string) {
	width := 0
	for _, r := range rows {
		width = max(width, lipgloss.Width(r[0]))
	}
	for _, r := range rows {
		name := r[0] + strings.Repeat(" ", width-lipgloss.Width(r[0])+2)
		value := lipgloss.Wrap(r[1], max(o.width()-width-2, 20), "")
		value = strings.ReplaceAll(value, "\n", "\n"+strings.Repeat(" ", width+2))
		fmt.Fprintln(o, faint().Render(name)+value)
	}
}

// heading writes a title over what follows, behind an empty line.
func (o *output) heading(title string) {
	fmt.Fprintf(o, "\n%s\n", lipgloss.NewStyle().Bold(true).Render(title))
}

func faint() lipgloss.Style { return lipgloss.NewStyle().Faint(true) }

// thousands writes a count with commas: 25,000.
func thousands(n int) string {
	s := strconv.Itoa(n)
	var groups []string
	for len(s) > 3 && s[len(s)-4] != '-' {
		groups = append(groups, s[len(s)-3:])
		s = s[:len(s)-3]
	}
	groups = append(groups, s)
	slices.Reverse(groups)
	return strings.Join(groups, ",")
}

// size is a number of bytes as people read it: 16.7 MiB.
func size(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return fmt.Sprintf("%d bytes", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	case bytes < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
}

// plural is "1 text" or "25,000 texts".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}
