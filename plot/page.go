package plot

import (
	"image/color"
	"strings"
	"unicode"

	gplot "gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// page is one picture before it is drawn: from top to bottom the title, the
// legend in rows, the labels of marks, the plot, a note. Nothing but the data
// lies on the data.
type page struct {
	title string
	keys  []key
	mark  *mark
	plot  *gplot.Plot
	note  string
}

// key is one entry of the legend.
type key struct {
	label string
	line  draw.LineStyle
	glyph *draw.GlyphStyle
}

// mark is the label of a rule, standing above it.
type mark struct {
	x     float64
	label string
}

const (
	pageMargin = 14 // points, all round
	lineGap    = 6  // between the title, the rows of the legend and the plot
	keyLength  = 26 // of the sample line before a legend's text
	keyGap     = 6  // between the two
	columnGap  = 22 // between legend columns
)

// draw paints the whole page.
func (pg page) draw(c draw.Canvas) {
	c.SetColor(color.White)
	c.Fill(c.Path())
	c = draw.Crop(c, pageMargin, -pageMargin, pageMargin, -pageMargin)

	// Where the data's area begins does not depend on its height.
	columns := pg.columns(c.Max.X - pg.plot.DataCanvas(c).Min.X)
	area := draw.Crop(c, 0, 0, pg.footHeight(), -pg.headHeight(columns))
	pg.plot.Draw(area)
	data := pg.plot.DataCanvas(area)

	y := c.Max.Y
	if pg.title != "" {
		y -= titleStyle().FontExtents().Height
		c.FillText(titleStyle(), vg.Point{X: data.Min.X, Y: y}, fit(titleStyle(), pg.title, c.Max.X-data.Min.X))
		y -= lineGap
	}
	pg.drawKeys(c, vg.Point{X: data.Min.X, Y: y}, columns)
	pg.drawMark(data)
	if pg.note != "" {
		style := noteStyle()
		style.XAlign = draw.XRight
		c.FillText(style, vg.Point{X: data.Max.X, Y: c.Min.Y}, pg.note)
	}
}

// headHeight is what the title, the legend and the mark's label take.
func (pg page) headHeight(columns []vg.Length) vg.Length {
	var h vg.Length
	if pg.title != "" {
		h += titleStyle().FontExtents().Height + lineGap
	}
	if rows := pg.rows(columns); rows > 0 {
		h += vg.Length(rows)*keyHeight() + lineGap
	}
	if pg.mark != nil {
		return h + markStyle().FontExtents().Height + lineGap/2
	}
	return h + lineGap
}

// footHeight is what the note takes.
func (pg page) footHeight() vg.Length {
	if pg.note == "" {
		return 0
	}
	return noteStyle().FontExtents().Height + lineGap
}

func keyHeight() vg.Length { return legendStyle().FontExtents().Height + 2 }

// columns are the widths of the legend's columns, gaps included: as many
// columns as fit, but at least one, and no more than its rows need.
func (pg page) columns(width vg.Length) []vg.Length {
	for n := len(pg.keys); n > 0; n-- {
		if rows := ceilDiv(len(pg.keys), n); ceilDiv(len(pg.keys), rows) != n {
			continue
		}
		widths := make([]vg.Length, n)
		for i, k := range pg.keys {
			widths[i%n] = max(widths[i%n], keyLength+keyGap+legendStyle().Width(k.label)+columnGap)
		}
		total := -vg.Length(columnGap)
		for _, w := range widths {
			total += w
		}
		if total <= width || n == 1 {
			return widths
		}
	}
	return nil
}

// rows is in how many rows the legend stands.
func (pg page) rows(columns []vg.Length) int {
	if len(columns) == 0 {
		return 0
	}
	return ceilDiv(len(pg.keys), len(columns))
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// drawKeys draws the legend, its top left corner at the given place.
func (pg page) drawKeys(c draw.Canvas, at vg.Point, columns []vg.Length) {
	style := legendStyle()
	x, y := at.X, at.Y
	for i, k := range pg.keys {
		column := i % len(columns)
		if column == 0 {
			x, y = at.X, y-keyHeight()
		}
		middle := y + style.FontExtents().Descent + style.FontExtents().Ascent*0.36
		c.StrokeLine2(k.line, x, middle, x+keyLength, middle)
		if k.glyph != nil {
			drawGlyph(&c, *k.glyph, vg.Point{X: x + keyLength/2, Y: middle})
		}
		text := vg.Point{X: x + keyLength + keyGap, Y: y}
		c.FillText(style, text, fit(style, k.label, c.Max.X-text.X))
		x += columns[column]
	}
}

// drawMark writes the mark's label above its rule, moved inwards where it would
// stick out of the data's area.
func (pg page) drawMark(data draw.Canvas) {
	if pg.mark == nil {
		return
	}
	style := markStyle()
	x, _ := pg.plot.Transforms(&data)
	width := style.Width(pg.mark.label)
	// The tenth to spare is for an SVG reader with a wider font.
	left := max(min(x(pg.mark.x)-width/2, data.Max.X-1.1*width), data.Min.X)
	data.FillText(style, vg.Point{X: left, Y: data.Max.Y + lineGap}, pg.mark.label)
}

// fit shortens a text to a width, and to one line of printable characters.
func fit(style text.Style, s string, width vg.Length) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if style.Width(s) <= width {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && style.Width(string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimSpace(string(runes)) + "…"
}
