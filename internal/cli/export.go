package cli

import (
	"fmt"
	"os"
	"strings"

	"recurve/keras"
	"recurve/onnx"
)

// exportCmd is the command export.
type exportCmd struct {
	Model string `arg:"" help:"The .keras file."`
	ONNX  string `name:"onnx" required:"" placeholder:"FILE" help:"Where to write the model as ONNX: OUT.onnx."`
}

// Help implements kong's HelpProvider.
func (exportCmd) Help() string {
	return "Writes the model's forward pass as an ONNX file, which ONNX Runtime and other engines run. The vocabulary, where the model has one, " +
		"goes along as the file's metadata (recurve.text)."
}

// Run implements the command.
func (c *exportCmd) Run(s *session) error {
	m, err := keras.LoadWith(c.Model, keras.Options{NoCompile: true})
	if err != nil {
		return err
	}
	if err := onnx.Export(c.ONNX, m, onnx.Options{Version: strings.TrimPrefix(software, "recurve ")}); err != nil {
		return err
	}
	info, err := os.Stat(c.ONNX)
	if err != nil {
		return err
	}
	inputs, outputs, err := onnx.Signature(m)
	if err != nil {
		return err
	}
	s.out.facts([][2]string{
		{"written", fmt.Sprintf("%s (%s, ONNX opset %d)", c.ONNX, size(info.Size()), onnx.Opset)},
		{"input", strings.Join(inputs, ", ")},
		{"output", strings.Join(outputs, ", ")},
	})
	return nil
}
