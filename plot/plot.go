// Package plot owns the pictures of a training run: the curves of one run, the
// comparison of several, and the histogram of how long the samples are. It
// takes plain slices and writes PNG or SVG, by the ending of the file's name,
// 8 x 5 inches (1200 x 750 dots in PNG). Colours are those of Okabe and Ito,
// which colour-blind readers can tell apart.
//
// A file is complete or absent: it is written beside its place and renamed.
package plot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
	"recurve/internal/atomicfile"
)

// The size of every picture.
const (
	pageWidth  = 8 * vg.Inch
	pageHeight = 5 * vg.Inch
	pngDPI     = 150
)

// save draws the page in the format that path's ending names and puts the file
// in its place.
func save(path string, pg page) error {
	data, err := render(filepath.Ext(path), pg)
	if err != nil {
		return fmt.Errorf("plot: %s: %w", path, err)
	}
	if err := atomicfile.WriteFile(path, data); err != nil {
		return fmt.Errorf("plot: write %s: %w", path, cause(err))
	}
	return nil
}

// render draws the page in the format of a file name's ending.
func render(ext string, pg page) ([]byte, error) {
	var canvas vg.CanvasSizer
	var out io.WriterTo
	switch strings.ToLower(ext) {
	case ".png":
		img := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(pageWidth, pageHeight), vgimg.UseDPI(pngDPI))}
		canvas, out = img, img
	case ".svg":
		svg := vgsvg.New(pageWidth, pageHeight)
		canvas, out = svg, svg
	case "":
		return nil, errors.New("the file name has no ending: want .png or .svg")
	default:
		return nil, fmt.Errorf("unknown picture format %q: want .png or .svg", ext)
	}
	pg.draw(draw.New(canvas))
	var buf bytes.Buffer
	if _, err := out.WriteTo(&buf); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	// Where Liberation Sans is missing, fonts of the same widths take its place.
	return bytes.ReplaceAll(buf.Bytes(),
		[]byte("font-family:Liberation Sans;"),
		[]byte("font-family:Liberation Sans, Arial, Helvetica, sans-serif;")), nil
}

// cause drops the name of the temporary file from an error of the file system:
// it means nothing to the reader.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	var linkErr *os.LinkError
	if errors.As(err, &linkErr) {
		return linkErr.Err
	}
	return err
}
