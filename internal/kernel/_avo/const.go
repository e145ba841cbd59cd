package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

func bits(v float32) uint32 { return math.Float32bits(v) }

// u32 is an integer constant in memory, in all eight places.
func u32(v uint32) Mem {
	if m, ok := constants[v]; ok {
		return m
	}
	m := GLOBL(fmt.Sprintf("c_%08x", v), RODATA|NOPTR)
	for i := range width {
		DATA(4*i, U32(v))
	}
	constants[v] = m
	return m
}
