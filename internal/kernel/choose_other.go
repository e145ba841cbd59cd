//go:build (!amd64 && !arm64) || purego

package kernel

// sets are the sets that this processor can run, the best first.
func sets() []Kernels { return []Kernels{Go{}} }

// known are the sets that this build knows, whatever the processor.
func known() []string { return []string{"go"} }
