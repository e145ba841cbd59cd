//go:build amd64 && !purego

package kernel

import "golang.org/x/sys/cpu"

// sets are the sets that this processor can run, the best first.
func sets() []Kernels {
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		return []Kernels{avx2{}, Go{}}
	}
	return []Kernels{Go{}}
}

// known are the sets that this build knows, whatever the processor.
func known() []string { return []string{"avx2", "go"} }
