package onnx_test

import (
	"bytes"
	"fmt"
	"log"

	"recurve"
	"recurve/activation"
	"recurve/layer"
	"recurve/onnx"
)

func ExampleWrite() {
	m, err := recurve.Sequential(
		layer.Embedding{InputDim: 500, OutputDim: 16},
		layer.LSTM{Units: 8},
		layer.Dense{Units: 1, Activation: activation.Sigmoid},
	)
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer // onnx.Export writes to a path
	if err := onnx.Write(&file, m, onnx.Options{}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(file.Len()/1024, "KiB for", m.CountParams(), "parameters")
	// Output: 35 KiB for 8809 parameters
}
