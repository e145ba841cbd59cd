// Command _avo writes the assembly of package kernel: run it with go generate
// in that package. Every function gives the bits of its namesake in plain Go,
// which says what it computes.
//
// Every emitter is a method of [width] and is run twice: for the registers of
// AVX2 and for those of AVX-512.
package main

import (
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("amd64,!purego")
	for _, w := range []width{avx2, avx512} {
		w.gemm()
		w.transpose()
		w.gather()
		w.scatterAdd()
		w.sumRows()
		w.spread()
		w.elementwise()
		w.activations()
		w.lstm()
		w.lstmGrad()
		w.gru()
		w.gruGrad()
	}
	avx2.selects() // AVX-512 borrows these
	avx2.updates()
	Generate()
}

// lanes is kernel.Lanes, a row of a block.
const lanes = 16
