package plot

import (
	"image/color"
	"math"

	gplot "gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// spot is a plotter: one glyph at a point of the data.
type spot struct {
	x, y  float64
	style draw.GlyphStyle
}

// Plot implements gonum's plot.Plotter.
func (s spot) Plot(c draw.Canvas, p *gplot.Plot) {
	x, y := p.Transforms(&c)
	drawGlyph(&c, s.style, vg.Point{X: x(s.x), Y: y(s.y)})
}

// drawGlyph draws a shape on a white disc, so that it stands out from the curve
// it lies on.
func drawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	disc := draw.GlyphStyle{Color: color.White, Radius: s.Radius + vg.Points(1), Shape: draw.CircleGlyph{}}
	c.DrawGlyphNoClip(disc, at)
	c.DrawGlyphNoClip(s, at)
}

// diamond is the filled shape that gonum lacks.
type diamond struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (diamond) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	r := s.Radius * 1.2
	c.FillPolygon(s.Color, []vg.Point{
		{X: at.X, Y: at.Y - r}, {X: at.X + r, Y: at.Y}, {X: at.X, Y: at.Y + r}, {X: at.X - r, Y: at.Y},
	})
}

// rule is a plotter: a line at one x, from the bottom up to a value; to the top
// of the data's area where that is +Inf.
type rule struct {
	x, top float64
	style  draw.LineStyle
}

// Plot implements gonum's plot.Plotter.
func (r rule) Plot(c draw.Canvas, p *gplot.Plot) {
	x, y := p.Transforms(&c)
	top := c.Max.Y
	if !math.IsInf(r.top, 1) {
		top = y(r.top)
	}
	c.StrokeLine2(r.style, x(r.x), c.Min.Y, x(r.x), top)
}
