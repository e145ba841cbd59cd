package plot

import (
	"image/color"

	gplot "gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	xfont "golang.org/x/image/font"
)

// maxRuns is how many curves one picture can hold and still be read.
const maxRuns = 7

// seriesColor is the colour of the i-th curve: Okabe and Ito's palette without
// its yellow, which is too pale for a line on white.
func seriesColor(i int) color.Color {
	return [maxRuns]color.Color{
		color.RGBA{R: 0x00, G: 0x72, B: 0xB2, A: 0xFF}, // blue
		color.RGBA{R: 0xD5, G: 0x5E, B: 0x00, A: 0xFF}, // vermillion
		color.RGBA{R: 0x00, G: 0x9E, B: 0x73, A: 0xFF}, // bluish green
		color.RGBA{R: 0xCC, G: 0x79, B: 0xA7, A: 0xFF}, // reddish purple
		color.RGBA{R: 0x56, G: 0xB4, B: 0xE9, A: 0xFF}, // sky blue
		color.RGBA{R: 0xE6, G: 0x9F, B: 0x00, A: 0xFF}, // orange
		color.RGBA{R: 0x00, G: 0x00, B: 0x00, A: 0xFF}, // black
	}[i]
}

// bestGlyph is the mark of the best epoch, in the colour of one series. The
// shapes of a comparison differ, so that its curves stay apart in a grey print.
func bestGlyph(series, shape int) draw.GlyphStyle {
	shapes := [maxRuns]draw.GlyphDrawer{
		draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, diamond{},
		draw.RingGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{},
	}
	return draw.GlyphStyle{Color: seriesColor(series), Radius: vg.Points(4), Shape: shapes[shape]}
}

func inkColor() color.Color  { return color.Gray{Y: 0x26} } // titles, labels
func noteColor() color.Color { return color.Gray{Y: 0x59} } // marks and notes
func gridColor() color.Color { return color.Gray{Y: 0xE4} }

func barColor() color.Color     { return color.RGBA{R: 0x9C, G: 0xC9, B: 0xE6, A: 0xFF} } // a tint of the first series
func barEdgeColor() color.Color { return color.White }

// seriesLine is the line of a curve.
func seriesLine(c color.Color) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: vg.Points(1.8)}
}

func axisLine() draw.LineStyle { return draw.LineStyle{Color: noteColor(), Width: vg.Points(0.8)} }

// dashes is the pattern of a mark's line.
func dashes() []vg.Length { return []vg.Length{vg.Points(5), vg.Points(3)} }

// sans is a text style of Liberation Sans, drawn from its left end.
func sans(size vg.Length, weight xfont.Weight, c color.Color) text.Style {
	return text.Style{
		Color:   c,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight, Size: size},
		XAlign:  draw.XLeft,
		YAlign:  draw.YBottom,
		Handler: text.Plain{Fonts: font.DefaultCache},
	}
}

func titleStyle() text.Style  { return sans(vg.Points(15), xfont.WeightBold, inkColor()) }
func labelStyle() text.Style  { return sans(vg.Points(12), xfont.WeightNormal, inkColor()) }
func tickStyle() text.Style   { return sans(vg.Points(11), xfont.WeightNormal, inkColor()) }
func legendStyle() text.Style { return sans(vg.Points(11), xfont.WeightNormal, inkColor()) }
func noteStyle() text.Style   { return sans(vg.Points(10), xfont.WeightNormal, noteColor()) }
func markStyle() text.Style   { return sans(vg.Points(11), xfont.WeightBold, noteColor()) }

// newPlot is an empty plot in the house style: axes named, a light grid, ticks
// pointing outwards.
func newPlot(x, y axis) *gplot.Plot {
	p := gplot.New()
	for _, a := range []struct {
		to   *gplot.Axis
		from axis
	}{{&p.X, x}, {&p.Y, y}} {
		a.to.Min, a.to.Max = a.from.min, a.from.max
		a.to.LineStyle, a.to.Padding = axisLine(), 0
		a.to.Tick.LineStyle, a.to.Tick.Length = axisLine(), vg.Points(4)
		a.to.Tick.Marker = gplot.ConstantTicks(a.from.ticks)
		a.to.Label.Text, a.to.Label.Padding = a.from.label, vg.Points(5)
		// Only the look is ours: gonum aligns each axis' texts by itself.
		a.to.Tick.Label.Font, a.to.Tick.Label.Color = tickStyle().Font, inkColor()
		a.to.Label.TextStyle.Font, a.to.Label.TextStyle.Color = labelStyle().Font, inkColor()
	}
	line := draw.LineStyle{Color: gridColor(), Width: vg.Points(0.7)}
	p.Add(&plotter.Grid{Vertical: line, Horizontal: line})
	return p
}
