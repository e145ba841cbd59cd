package kernel

import (
	"fmt"
	"slices"
	"strings"
)

// Choose returns the set called name, or the best that this processor can run
// where name is empty. All give the same bits.
func Choose(name string) (Kernels, error) {
	var usable []string
	for _, k := range sets() {
		if name == "" || k.Name() == name {
			return k, nil
		}
		usable = append(usable, k.Name())
	}
	why := "is not known"
	if slices.Contains(known(), name) {
		why = "does not run on this processor"
	}
	return nil, fmt.Errorf("kernel set %q %s; it can run: %s", name, why, strings.Join(usable, ", "))
}
