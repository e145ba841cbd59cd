package kernel

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestRegisters: a function for AVX2 uses the sixteen registers that AVX2 has.
// The generator gives out those of AVX-512 when it runs short, without a word,
// and a processor with AVX-512 would not mind.
func TestRegisters(t *testing.T) {
	source, err := os.ReadFile("kernel_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	beyond := regexp.MustCompile(`\b([XY](1[6-9]|2\d|3[01])|[ZK]\d+)\b`)
	checked := 0
	for _, function := range strings.Split(string(source), "\nTEXT ")[1:] {
		name, code, _ := strings.Cut(function, "(SB)")
		if !strings.HasSuffix(name, "AVX2") {
			continue
		}
		checked++
		if found := beyond.FindString(code); found != "" {
			t.Errorf("%s uses %s", name, found)
		}
	}
	if checked < 10 {
		t.Errorf("only %d functions for AVX2 found", checked)
	}
}
