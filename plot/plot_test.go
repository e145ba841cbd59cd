package plot_test

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"recurve/plot"
)

// The colours that the pictures promise: Okabe and Ito's.
const (
	blue       = "#0072B2"
	vermillion = "#D55E00"
	green      = "#009E73"
	purple     = "#CC79A7"
)

// run is a plausible run of 30 epochs, the 27th the best on validation.
func run() plot.History {
	h := plot.History{Title: "imdb, lstm", Best: 27}
	for e := range 30 {
		h.Train = append(h.Train, 0.40+0.29*math.Exp(-float64(e)/9))
		h.Val = append(h.Val, 0.45+0.24*math.Exp(-float64(e)/8))
	}
	h.Val[26] = 0.4396
	return h
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s lies at %v, want %v", what, got, want)
	}
}

func TestLossPlacesCurvesAndBestEpoch(t *testing.T) {
	h := run()
	pic := drawSVG(t, func(path string) error { return plot.Loss(path, h) })
	x, y := pic.axes(t)

	for _, c := range []struct {
		color  string
		values []float64
	}{{blue, h.Train}, {vermillion, h.Val}} {
		lines := pic.styled("stroke:"+c.color, "fill:none")
		curve := slices.IndexFunc(lines, func(p path) bool { return len(p.points) == len(c.values) })
		if curve < 0 {
			t.Fatalf("no line of %d points in %s", len(c.values), c.color)
		}
		for i, p := range lines[curve].points {
			near(t, "epoch", x.at(p.x), float64(i+1), 0.01)
			near(t, "loss", y.at(p.y), c.values[i], 1e-4)
		}
	}

	dashed := pic.styled("stroke-dasharray", "stroke:#595959")
	if len(dashed) != 1 {
		t.Fatalf("%d dashed lines, want the best epoch's", len(dashed))
	}
	near(t, "the dashed line", x.at(dashed[0].points[0].x), 27, 0.01)
	if bottom, top := dashed[0].points[0].y, dashed[0].points[1].y; y.at(bottom) > 0.40 || y.at(top) < 0.69 {
		t.Errorf("the dashed line reaches from %v to %v, want all of the data's height", y.at(bottom), y.at(top))
	}
	circles := pic.styled("fill:" + vermillion)
	point := circles[len(circles)-1].points // right end, left end, right end
	near(t, "the point's epoch", x.at((point[0].x+point[1].x)/2), 27, 0.01)
	near(t, "the point's loss", y.at(point[0].y), 0.4396, 1e-4)

	for _, s := range []string{"imdb, lstm", "loss", "epoch", "training", "validation", "best: epoch 27, 0.4396"} {
		if !pic.has(s) {
			t.Errorf("%q is missing; the picture says %q", s, pic.strings())
		}
	}
}

func TestPNG(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "loss.PNG")
	h := run()
	if err := plot.Loss(name, h); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := img.Bounds(), image.Rect(0, 0, 1200, 750); got != want {
		t.Errorf("bounds %v, want %v (8 x 5 inches of 150 dots)", got, want)
	}
	if inked := count(img, func(c color.RGBA) bool { return c != color.RGBA{255, 255, 255, 255} }); inked < 5000 {
		t.Errorf("%d dots are not white, want a picture", inked)
	}

	// The two formats are laid out alike: find the best point of the SVG here.
	pic := drawSVG(t, func(path string) error { return plot.Loss(path, h) })
	circles := pic.styled("fill:" + vermillion)
	rim := circles[len(circles)-1].points
	const dots = 150.0 / 72
	px, py := int((rim[0].x+rim[1].x)/2*dots), 750-int(rim[0].y*dots)
	if got, want := img.At(px, py), (color.RGBA{0xD5, 0x5E, 0x00, 0xFF}); got != want {
		t.Errorf("dot (%d, %d) of the best epoch is %v, want %v", px, py, got, want)
	}
	dashes := count(img.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(image.Rect(px-1, 160, px+2, 640)), func(c color.RGBA) bool { return c.R < 0x90 && c.R == c.B })
	if dashes < 240 {
		t.Errorf("%d dark dots in the best epoch's column, want a dashed line", dashes)
	}
}

func count(img image.Image, is func(color.RGBA) bool) int {
	n := 0
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if is(color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)) {
				n++
			}
		}
	}
	return n
}

func TestAccuracyStaysAShare(t *testing.T) {
	h := plot.History{Train: []float64{0.5, 0.9, 1, 1}, Val: []float64{0.5, 0.8, 0.99, 1}, Best: 4}
	pic := drawSVG(t, func(path string) error { return plot.Accuracy(path, h) })
	_, y := pic.axes(t)
	if top := y.value[len(y.value)-1]; top != 1 {
		t.Errorf("the highest label is %v, want 1", top)
	}
	if !pic.has("accuracy") || !pic.has("best: epoch 4, 1.0000") {
		t.Errorf("the picture says %q", pic.strings())
	}
}

func TestOneEpoch(t *testing.T) {
	h := plot.History{Train: []float64{0.6931}, Val: []float64{0.6853}, Best: 1}
	pic := drawSVG(t, func(path string) error { return plot.Loss(path, h) })
	if lines := pic.styled("stroke:"+blue, "fill:none"); len(lines) != 1 {
		t.Errorf("%d blue lines, want the legend's alone", len(lines))
	}
	if len(pic.styled("fill:"+blue)) != 1 || len(pic.styled("fill:"+vermillion)) != 2 {
		t.Errorf("want a dot for each value and the best epoch's point")
	}
	if !pic.has("1") || pic.has("0") || pic.has("2") {
		t.Errorf("the picture says %q: want epoch 1 alone", pic.strings())
	}
}

func TestWithoutValidation(t *testing.T) {
	h := plot.History{Train: []float64{3, 2, 2.5}, Best: 2}
	pic := drawSVG(t, func(path string) error { return plot.Loss(path, h) })
	if pic.has("validation") {
		t.Error("the legend names a validation curve")
	}
	x, y := pic.axes(t)
	circles := pic.styled("fill:" + blue)
	rim := circles[len(circles)-1].points
	near(t, "the point's epoch", x.at((rim[0].x+rim[1].x)/2), 2, 0.01)
	near(t, "the point's loss", y.at(rim[0].y), 2, 1e-3)
}

func TestEpochNumbers(t *testing.T) {
	h := plot.History{Epochs: []int{5, 10, 20}, Train: []float64{3, 2, 1}, Best: 10}
	pic := drawSVG(t, func(path string) error { return plot.Loss(path, h) })
	x, _ := pic.axes(t)
	for _, p := range pic.styled("stroke:"+blue, "fill:none") {
		if len(p.points) == 3 {
			for i, want := range h.Epochs {
				near(t, "epoch", x.at(p.points[i].x), float64(want), 0.02)
			}
			return
		}
	}
	t.Error("no line of 3 points")
}

func TestGaps(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	h := plot.History{Train: []float64{0.7, 0.6, nan, 0.5, inf, 0.4, 0.3, math.MaxFloat64}}
	pic := drawSVG(t, func(path string) error { return plot.Loss(path, h) })
	var lengths []int
	for _, p := range pic.styled("stroke:"+blue, "fill:none") {
		lengths = append(lengths, len(p.points))
	}
	slices.Sort(lengths)
	if want := []int{2, 2, 2}; !slices.Equal(lengths, want) { // two stretches and the legend's
		t.Errorf("lines of %v points, want %v", lengths, want)
	}
	if dots := len(pic.styled("fill:" + blue)); dots != 5 {
		t.Errorf("%d dots, want one for each of 5 finite values", dots)
	}
	if !pic.has("training (3 of 8 not finite)") {
		t.Errorf("the picture says %q", pic.strings())
	}
	_, y := pic.axes(t)
	if top := y.value[len(y.value)-1]; top > 0.8 {
		t.Errorf("the highest label is %v: infinite values have a say", top)
	}
}

func TestNothingFinite(t *testing.T) {
	h := plot.History{Train: []float64{math.NaN(), math.Inf(-1)}, Best: 1}
	pic := drawSVG(t, func(path string) error { return plot.Loss(path, h) })
	if !pic.has("training (2 of 2 not finite)") || !pic.has("best: epoch 1, NaN") {
		t.Errorf("the picture says %q", pic.strings())
	}
}

func TestDivergedRunIsLogarithmic(t *testing.T) {
	h := plot.History{Train: []float64{0.7, 0.7, 0.7, 5, 900, 1e5}, Best: 1}
	pic := drawSVG(t, func(path string) error { return plot.Loss(path, h) })
	if !pic.has("loss (log scale)") || !pic.has("100,000") {
		t.Errorf("the picture says %q", pic.strings())
	}
	for _, p := range pic.styled("stroke:"+blue, "fill:none") {
		if len(p.points) != 6 {
			continue
		}
		// Equal ratios are equal distances.
		perDecade := (p.points[5].y - p.points[4].y) / math.Log10(1e5/900)
		near(t, "epoch 4", (p.points[3].y-p.points[0].y)/perDecade, math.Log10(5/0.7), 1e-3)
		return
	}
	t.Error("no line of 6 points")
}

func TestManyEpochs(t *testing.T) {
	h := plot.History{Best: 321}
	for e := range 700 {
		h.Train = append(h.Train, 1/(1+float64(e)))
	}
	pic := drawSVG(t, func(path string) error { return plot.Loss(path, h) })
	x, _ := pic.axes(t)
	if n := len(x.value); n < 5 || n > 16 {
		t.Errorf("%d labels for 700 epochs", n)
	}
	near(t, "the dashed line", x.at(pic.styled("stroke-dasharray")[0].points[0].x), 321, 0.5)
	if dots := len(pic.styled("fill:" + blue)); dots != 1 {
		t.Errorf("%d dots, want the best epoch's alone", dots)
	}
}

func TestCompare(t *testing.T) {
	c := plot.Comparison{Title: "four models", Runs: []plot.Run{
		{Name: "onehot", Loss: []float64{0.70, 0.61, 0.52, 0.50, 0.53}, Best: 4},
		{Name: "rnn", Loss: []float64{0.71, 0.62, 0.56}, Best: 3},
		{Name: "lstm", Loss: []float64{0.69, 0.55, 0.47, 0.44, 0.42, 0.45}, Best: 5},
		{Name: "gru", Loss: []float64{0.69, math.NaN(), 0.48, 0.43}, Best: 4},
	}}
	pic := drawSVG(t, func(path string) error { return plot.Compare(path, c) })
	x, y := pic.axes(t)
	for i, hex := range []string{blue, vermillion, green, purple} {
		dashed := pic.styled("stroke-dasharray", "stroke:"+hex)
		if len(dashed) != 1 {
			t.Fatalf("%d dashed lines in %s, want 1", len(dashed), hex)
		}
		r := c.Runs[i]
		near(t, r.Name+"'s best epoch", x.at(dashed[0].points[1].x), float64(r.Best), 0.01)
		near(t, r.Name+"'s best loss", y.at(dashed[0].points[1].y), r.Loss[r.Best-1], 1e-4)
	}
	for _, s := range []string{
		"onehot: best epoch 4, 0.5000", "rnn: best epoch 3, 0.5600", "lstm: best epoch 5, 0.4200",
		"gru (1 of 4 not finite): best epoch 4, 0.4300", "validation loss", "epoch", "four models",
	} {
		if !pic.has(s) {
			t.Errorf("%q is missing; the picture says %q", s, pic.strings())
		}
	}
}

func TestTitlesOfAnyKind(t *testing.T) {
	title := "a <b> & \"c\"\x00\n리뷰 \xff " + strings.Repeat("long ", 50)
	pic := drawSVG(t, func(path string) error {
		return plot.Loss(path, plot.History{Title: title, Train: []float64{1, 2}})
	})
	got := pic.texts[slices.IndexFunc(pic.texts, func(s text) bool { return strings.HasPrefix(s.s, "a <b> & \"c\"") })].s
	if !strings.HasSuffix(got, "…") || len(got) > 120 {
		t.Errorf("title %q, want it cut to the page's width", got)
	}
}

func TestErrors(t *testing.T) {
	good := run()
	many := plot.Comparison{Runs: make([]plot.Run, 8)}
	for i := range many.Runs {
		many.Runs[i].Loss = []float64{1}
	}
	loss := func(h plot.History) func(string) error {
		return func(path string) error { return plot.Loss(path, h) }
	}
	compare := func(c plot.Comparison) func(string) error {
		return func(path string) error { return plot.Compare(path, c) }
	}
	lengths := func(l plot.LengthCounts) func(string) error {
		return func(path string) error { return plot.Lengths(path, l) }
	}
	one := []float64{1}
	for _, c := range []struct {
		name, file string
		draw       func(path string) error
		want       string
	}{
		{"empty", "a.png", loss(plot.History{}), "no training values"},
		{"mismatch", "a.png", loss(plot.History{Train: one, Val: []float64{1, 2}}), "1 training values but 2 of validation"},
		{"epochs mismatch", "a.png", loss(plot.History{Train: one, Epochs: []int{1, 2}}), "1 training values but 2 epoch numbers"},
		{"epochs descend", "a.png", loss(plot.History{Train: []float64{1, 2}, Epochs: []int{2, 2}}), "epoch number 2 at place 1"},
		{"epoch 0", "a.png", loss(plot.History{Train: one, Epochs: []int{0}}), "epoch number 0 at place 0"},
		{"best beyond", "a.png", loss(plot.History{Train: one, Best: 2}), "best epoch 2: want one of the epochs 1 to 1"},
		{"best negative", "a.png", loss(plot.History{Train: one, Best: -1}), "best epoch -1"},
		{"ending", "a.bmp", loss(good), `unknown picture format ".bmp": want .png or .svg`},
		{"no ending", "a", loss(good), "no ending: want .png or .svg"},
		{"no folder", "missing/a.png", loss(good), "no such file or directory"},
		{"a folder", "folder.png", loss(good), "folder.png"},
		{"no runs", "a.png", compare(plot.Comparison{}), "0 runs to compare: want 1 to 7"},
		{"many runs", "a.png", compare(many), "8 runs to compare: want 1 to 7"},
		{"run empty", "a.png", compare(plot.Comparison{Runs: []plot.Run{{Name: "rnn"}}}), `run "rnn" (number 1) has no losses`},
		{"run best", "a.png", compare(plot.Comparison{Runs: []plot.Run{{Name: "rnn", Loss: one, Best: 2}}}), "best epoch 2"},
		{"no lengths", "a.png", lengths(plot.LengthCounts{}), "no lengths"},
		{"negative length", "a.png", lengths(plot.LengthCounts{Lengths: []int{3, -2}}), "length -2 at place 1"},
		{"negative cut", "a.png", lengths(plot.LengthCounts{Lengths: []int{3}, MaxLen: -1}), "cut at -1 tokens"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "folder.png"), 0o755); err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(dir, c.file)
			err := c.draw(name)
			if err == nil {
				t.Fatal("no error")
			}
			if msg := err.Error(); !strings.Contains(msg, c.want) || !strings.Contains(msg, name) {
				t.Errorf("error %q, want %q and the file's name in it", msg, c.want)
			}
			left, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			if len(left) != 1 {
				t.Errorf("%v is left behind, want the folder alone", left)
			}
		})
	}
}

func TestAnErrorKeepsTheOldFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "loss.svg")
	if err := os.WriteFile(name, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := plot.Loss(name, plot.History{}); err == nil {
		t.Error("no error for no values")
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "old" {
		t.Errorf("the file holds %q (%v), want it untouched", got, err)
	}
}
