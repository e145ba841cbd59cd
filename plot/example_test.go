package plot_test

import (
	"fmt"
	"os"
	"path/filepath"

	"recurve/plot"
)

func ExampleLoss() {
	dir, err := os.MkdirTemp("", "plot")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	err = plot.Loss(filepath.Join(dir, "loss.png"), plot.History{
		Title: "imdb, lstm",
		Train: []float64{0.691, 0.672, 0.610, 0.542},
		Val:   []float64{0.688, 0.651, 0.583, 0.591},
		Best:  3,
	})
	fmt.Println(err)

	err = plot.Loss(filepath.Join(dir, "loss.gif"), plot.History{Train: []float64{0.691}})
	fmt.Println(filepath.Base(err.Error()))
	// Output:
	// <nil>
	// loss.gif: unknown picture format ".gif": want .png or .svg
}
