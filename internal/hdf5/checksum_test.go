package hdf5

import (
	"strings"
	"testing"
)

// TestLookup3 holds the hash against the values in the comments of lookup3.c.
func TestLookup3(t *testing.T) {
	for text, want := range map[string]uint32{
		"":                               0xdeadbeef,
		"Four score and seven years ago": 0x17770551,
	} {
		if got := lookup3([]byte(text)); got != want {
			t.Errorf("lookup3(%q) is %#x, want %#x", text, got, want)
		}
	}
}

// TestFletcher32 has values worked out by hand, and words so great that their
// sums wrap around many times: each is 0 modulo 65535.
func TestFletcher32(t *testing.T) {
	for text, want := range map[string]uint32{
		"":                              0,
		"\x00\x01\x00\x02":              0x00040003, // 1+2, 1+(1+2)
		"\x01":                          0x01000100,
		"\x00\x01\x02":                  0x02020201,
		strings.Repeat("\xff\xff", 1e5): 0xffffffff,
	} {
		if got := fletcher32([]byte(text)); got != want {
			t.Errorf("fletcher32(%.10q) is %#x, want %#x", text, got, want)
		}
	}
}
