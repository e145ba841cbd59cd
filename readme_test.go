package recurve_test

import (
	"os"
	"strings"
	"testing"
)

// TestReadme: the library's example in the README files is the tested one.
func TestReadme(t *testing.T) {
	example, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "README.ko.md"} {
		readme, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, code, ok := strings.Cut(string(readme), "```go\n")
		if !ok {
			t.Errorf("%s has no Go code", name)
		}
		code, _, _ = strings.Cut(code, "```")
		for line := range strings.Lines(code) {
			if line = strings.TrimSpace(line); !strings.Contains(string(example), line) {
				t.Errorf("%s: %q is not in example_test.go", name, line)
			}
		}
	}
}
