// Command export has Keras judge what Recurve writes. With a folder,
//
//	go run ./tools/oracle/export DIR
//
// it makes small models of every layer and argument, trains some of them, and
// saves each as NAME.keras, NAME.weights.h5 and NAME.h5 beside NAME.npz, which says
// what it predicts, what state its optimizer is in, and where its next step leads.
// keras_opens_ours.py reads them in Keras, compares, takes that step and saves the
// models again;
//
//	go run ./tools/oracle/export -verify DIR
//
// reads those, and compares them with what they were made from. For
// keras_round_trip.py,
//
//	go run ./tools/oracle/export -again DIR TO
//
// reads every model file in DIR and writes it into TO, and
//
//	go run ./tools/oracle/export -train EPOCHS DIR
//
// goes on with the training of the models in DIR.
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
	through := flag.Bool("again", false, "write what Keras has saved into the second folder")
	epochs := flag.Int("train", 0, "train what Keras has saved for so many epochs")
	toONNX := flag.Bool("onnx", false, "write ONNX files")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: export [-verify | -again | -train EPOCHS | -onnx] DIR [TO]")
		flag.PrintDefaults()
	}
	flag.Parse()
	folders := 1
	if *through {
		folders = 2
	}
	if flag.NArg() != folders {
		flag.Usage()
		os.Exit(2)
	}
	var n int
	var err error
	switch dir := flag.Arg(0); {
	case *verify:
		n, err = read(dir)
	case *through:
		n, err = again(dir, flag.Arg(1))
	case *toONNX:
		n, err = writeONNX(dir)
	case *epochs > 0:
		n, err = train(dir, *epochs)
	default:
		n, err = write(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "export:", err)
		os.Exit(1)
	}
	fmt.Printf("%d models in %s\n", n, flag.Arg(flag.NArg()-1))
}
