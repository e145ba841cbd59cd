//go:build amd64 && !purego

package kernel

import "golang.org/x/sys/cpu"

// sets are the sets that this processor can run, the best first.
func sets() []Kernels {
	x := &cpu.X86
	all := []Kernels{avx512{}, avx2{}, Go{}}
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return all[2:]
	case !x.HasAVX512F || !x.HasAVX512DQ || !x.HasAVX512BW || !x.HasAVX512VL:
		return all[1:]
	}
	return all
}

// known are the sets that this build knows, whatever the processor.
func known() []string { return []string{"avx512", "avx2", "go"} }
