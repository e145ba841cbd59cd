package plot_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"recurve/plot"
)

// FuzzLoss draws values of any kind: the picture must be well-formed, every
// place in it a number, and the labels of an axis evenly spaced by value.
func FuzzLoss(f *testing.F) {
	seed := func(values ...float64) []byte {
		var b []byte
		for _, v := range values {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		return b
	}
	f.Add("loss", seed(0.7, 0.6, 0.5), 2)
	f.Add("", seed(math.NaN()), 1)
	f.Add("<&>\x00", seed(0, 0, 0), 0)
	f.Add("tiny", seed(5e-324, 1e-300), 0)
	f.Add("both ends", seed(math.MaxFloat32, -math.MaxFloat32), 0)
	f.Add("diverged", seed(1, 1, 1, 1e38), 0)
	f.Add("close", seed(1, math.Nextafter(1, 2)), 0)
	f.Fuzz(func(t *testing.T, title string, data []byte, best int) {
		var values []float64
		for chunk := range slices.Chunk(data, 8) {
			if len(chunk) == 8 {
				values = append(values, math.Float64frombits(binary.LittleEndian.Uint64(chunk)))
			}
		}
		name := filepath.Join(t.TempDir(), "loss.svg")
		if err := plot.Loss(name, plot.History{Title: title, Train: values, Best: best}); err != nil {
			if len(values) > 0 && best >= 0 && best <= len(values) {
				t.Fatal(err)
			}
			return
		}
		svg, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pic, err := readSVG(string(svg))
		if err != nil {
			t.Fatal(err)
		}
		if pic.has("loss (log scale)") || tickLike(title) {
			return
		}
		_, y := pic.axes(t)
		if len(y.value) < 2 || len(y.value) > 20 {
			t.Fatalf("labels %v on the loss' axis", y.value)
		}
		span := y.value[len(y.value)-1] - y.value[0]
		for i, place := range y.place {
			if got := y.at(place); math.Abs(got-y.value[i]) > 0.01*span {
				t.Errorf("label %v stands at %v", y.value[i], got)
			}
		}
	})
}

// tickLike reports whether a title reads like a number on an axis.
func tickLike(title string) bool {
	_, err := tickValue(title)
	return err == nil
}
