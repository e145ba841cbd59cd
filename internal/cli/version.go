package cli

import (
	"fmt"
	"runtime"
)

// software is the name and version that models are marked with.
const software = "recurve 0.1.0"

type versionCmd struct{}

// Run implements the command.
func (versionCmd) Run(s *session) error {
	fmt.Fprintf(s.out, "%s, %s %s/%s\n", software, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
