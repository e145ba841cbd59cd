//go:build !purego

package kernel

// sets are the sets that this processor can run, the best first. All that run
// Go have NEON.
func sets() []Kernels { return []Kernels{neon{}, Go{}} }

// known are the sets that this build knows, whatever the processor.
func known() []string { return []string{"neon", "go"} }
