// Command export has Keras judge what Recurve writes. With a folder,
//
//	go run ./tools/oracle/export DIR
//
// it makes small models of every layer and argument, trains some of them, and
// saves each as NAME.keras beside NAME.npz, which says what it predicts, what
// state its optimizer is in, and where its next step leads. keras_opens_ours.py
// reads them in Keras, compares, takes that step and saves the models again;
//
//	go run ./tools/oracle/export -verify DIR
//
// reads those, and compares them with what they were made from.
//
// ONNX Runtime judges as well (onnx_runtime.py):
//
//	go run ./tools/oracle/export -onnx DIR
//
// makes models of all forms that layers take in ONNX, as NAME.onnx, beside
// NAME.npz with inputs and what the models predict for them.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	verify := flag.Bool("verify", false, "read what Keras has saved again, rather than write")
	toONNX := flag.Bool("onnx", false, "write ONNX files")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: export [-verify | -onnx] DIR")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	work := write
	switch {
	case *toONNX:
		work = writeONNX
	case *verify:
		work = read
	}
	n, err := work(flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "export:", err)
		os.Exit(1)
	}
	fmt.Printf("%d models in %s\n", n, flag.Arg(0))
}
