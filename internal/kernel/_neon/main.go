// Command _neon writes the NEON assembly of package kernel: run it with go
// generate in that package. Every function gives the bits of its namesake in
// plain Go, which says what it computes.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("out", "", "the assembly")
	stubs := flag.String("stubs", "", "the Go declarations")
	flag.Parse()

	var f file
	gemm(&f)
	transpose(&f)
	gather(&f)
	scatterAdd(&f)
	sumRows(&f)
	spread(&f)
	elementwise(&f)
	activations(&f)
	lstm(&f)
	gru(&f)
	updates(&f)
	for name, text := range map[string]string{*out: f.assembly(), *stubs: f.declarations()} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

const (
	lanes = 16
	bytes = 16        // of a register
	wideB = 2 * bytes // of two
)
