//go:build !linux && !darwin

package kernel

import "testing"

// atPageEnd is x: here a read beyond it need not crash.
func atPageEnd(_ *testing.T, x []float32) []float32 { return x }
