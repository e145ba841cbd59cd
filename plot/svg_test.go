package plot_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A picture is what a test reads out of an SVG file: its paths and texts, in
// points from the page's lower left corner.
type picture struct {
	paths []path
	texts []text
}

type path struct {
	points []point // the corners; for a circle, points on its rim
	style  string
}

type point struct{ x, y float64 }

type text struct {
	x, y float64
	s    string
}

// drawSVG calls draw with a file name and reads the picture that it wrote.
func drawSVG(t *testing.T, draw func(path string) error) picture {
	t.Helper()
	name := filepath.Join(t.TempDir(), "picture.svg")
	if err := draw(name); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	pic, err := readSVG(string(data))
	if err != nil {
		t.Fatal(err)
	}
	return pic
}

func readSVG(data string) (picture, error) {
	var pic picture
	d := xml.NewDecoder(strings.NewReader(data))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return pic, nil
		}
		if err != nil {
			return picture{}, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attr := map[string]string{}
		for _, a := range start.Attr {
			attr[a.Name.Local] = a.Value
		}
		switch start.Name.Local {
		case "path":
			points, err := readPath(attr["d"])
			if err != nil {
				return picture{}, err
			}
			pic.paths = append(pic.paths, path{points: points, style: attr["style"]})
		case "text":
			var content string
			if err := d.DecodeElement(&content, &start); err != nil {
				return picture{}, err
			}
			x, errX := strconv.ParseFloat(attr["x"], 64)
			y, errY := strconv.ParseFloat(attr["y"], 64)
			if err := errors.Join(errX, errY); err != nil {
				return picture{}, err
			}
			pic.texts = append(pic.texts, text{x: x, y: -y, s: content})
		}
	}
}

// readPath returns where the steps of a path lead.
func readPath(d string) ([]point, error) {
	var points []point
	for len(d) > 0 {
		step := d[0]
		d = d[1:]
		end := strings.IndexAny(d, "MLAZ")
		if end < 0 {
			end = len(d)
		}
		var numbers []float64
		for _, s := range strings.FieldsFunc(d[:end], func(r rune) bool { return r == ',' || r == ' ' }) {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("path %c%s: %q is no place", step, d[:end], s)
			}
			numbers = append(numbers, v)
		}
		if n := len(numbers); n >= 2 {
			points = append(points, point{numbers[n-2], numbers[n-1]})
		}
		d = d[end:]
	}
	return points, nil
}

// styled returns the paths whose style holds all of the given parts.
func (pic picture) styled(parts ...string) []path {
	var out []path
	for _, p := range pic.paths {
		if !slices.ContainsFunc(parts, func(s string) bool { return !strings.Contains(p.style, s) }) {
			out = append(out, p)
		}
	}
	return out
}

// has reports whether a text stands in the picture.
func (pic picture) has(s string) bool {
	return slices.ContainsFunc(pic.texts, func(t text) bool { return t.s == s })
}

func (pic picture) strings() []string {
	var out []string
	for _, t := range pic.texts {
		out = append(out, t.s)
	}
	return out
}

// scale maps places on the page to values, by the labelled ticks of an axis:
// it knows nothing of how the picture was laid out.
type scale struct{ place, value []float64 }

func (s scale) at(place float64) float64 {
	first, last := 0, len(s.place)-1
	share := (place - s.place[first]) / (s.place[last] - s.place[first])
	return s.value[first] + share*(s.value[last]-s.value[first])
}

// axes reads the two scales off the tick lines, 4 points long, and the numbers
// beside them.
func (pic picture) axes(t testing.TB) (x, y scale) {
	t.Helper()
	for _, p := range pic.styled("stroke:#595959") {
		if len(p.points) != 2 || strings.Contains(p.style, "dash") {
			continue
		}
		a, b := p.points[0], p.points[1]
		switch {
		case a.x == b.x && math.Abs(math.Abs(a.y-b.y)-4) < 0.01:
			x.place = append(x.place, a.x)
		case a.y == b.y && math.Abs(math.Abs(a.x-b.x)-4) < 0.01:
			y.place = append(y.place, a.y)
		}
	}
	lowest := math.Inf(1)
	for _, s := range pic.texts {
		if _, err := tickValue(s.s); err == nil {
			lowest = min(lowest, s.y)
		}
	}
	for _, s := range pic.texts {
		v, err := tickValue(s.s)
		if err != nil {
			continue
		}
		if s.y == lowest {
			x.value = append(x.value, v)
		} else {
			y.value = append(y.value, v)
		}
	}
	slices.Sort(x.place)
	slices.Sort(y.place)
	if len(x.place) != len(x.value) || len(y.place) != len(y.value) {
		t.Fatalf("%d ticks and %d labels on x, %d and %d on y", len(x.place), len(x.value), len(y.place), len(y.value))
	}
	return x, y
}

func tickValue(s string) (float64, error) {
	return strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
}
