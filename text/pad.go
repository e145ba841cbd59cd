package text

import (
	"fmt"
	"math"
)

// Side is the end of a sequence at which something is done.
type Side uint8

const (
	// Pre is the front of a sequence, Keras' default everywhere.
	Pre Side = iota
	// Post is its end.
	Post
)

// String is Keras' name of the side: "pre" or "post".
func (s Side) String() string {
	switch s {
	case Pre:
		return "pre"
	case Post:
		return "post"
	}
	return fmt.Sprintf("Side(%d)", uint8(s))
}

// MarshalText returns Keras' name of the side.
func (s Side) MarshalText() ([]byte, error) {
	if s > Post {
		return nil, fmt.Errorf("text: %v is no side of a sequence", s)
	}
	return []byte(s.String()), nil
}

// UnmarshalText reads "pre" or "post".
func (s *Side) UnmarshalText(b []byte) error {
	switch string(b) {
	case "pre":
		*s = Pre
	case "post":
		*s = Post
	default:
		return fmt.Errorf("text: side %q: want pre or post", short(string(b)))
	}
	return nil
}

// PadOptions say how sequences are brought to one length. The zero value of
// every field but MaxLen is Keras' default.
type PadOptions struct {
	// MaxLen is the length to pad or cut to, 1 or more.
	MaxLen int
	// Padding is the side where a shorter sequence is filled; default Pre.
	Padding Side
	// Truncating is the side where a longer sequence loses ids; default Pre,
	// so the last MaxLen ids stay.
	Truncating Side
	// Value is what fills; default 0.
	Value int32
}

// Check reports what is wrong with the options.
func (o PadOptions) Check() error {
	switch {
	case o.MaxLen <= 0:
		return fmt.Errorf("text: maxlen %d: want the number of time steps to pad to, 1 or more", o.MaxLen)
	case o.Padding > Post:
		return fmt.Errorf("text: padding %v: want Pre or Post", o.Padding)
	case o.Truncating > Post:
		return fmt.Errorf("text: truncating %v: want Pre or Post", o.Truncating)
	}
	return nil
}

// maxPadded is how many ids the padded array of a data set may hold (8 GiB).
const maxPadded = math.MaxInt32

// PadSequences brings every sequence to MaxLen ids, as Keras' pad_sequences. It
// returns len(x) rows of MaxLen ids one after the other.
func PadSequences(x [][]int32, o PadOptions) ([]int32, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if o.MaxLen > maxPadded/max(len(x), 1) {
		return nil, fmt.Errorf("text: %d sequences padded to %d ids are too large to hold; take a smaller maxlen", len(x), o.MaxLen)
	}
	out := make([]int32, len(x)*o.MaxLen)
	for i, seq := range x {
		o.pad(out[i*o.MaxLen:(i+1)*o.MaxLen], seq)
	}
	return out, nil
}

// pad fills row, which is MaxLen long and all zero, from seq.
func (o PadOptions) pad(row, seq []int32) {
	if over := len(seq) - len(row); over > 0 {
		if o.Truncating == Pre {
			seq = seq[over:]
		} else {
			seq = seq[:len(row)]
		}
	}
	rest := row[len(seq):]
	if o.Padding == Pre {
		rest = row[:len(row)-len(seq)]
		copy(row[len(rest):], seq)
	} else {
		copy(row, seq)
	}
	if o.Value != 0 {
		for i := range rest {
			rest[i] = o.Value
		}
	}
}
