package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// number is a value in JSON, which has no form for what is not finite: that is
// null.
type number float64

// MarshalJSON writes digits without an exponent, as few as give the same value.
func (n number) MarshalJSON() ([]byte, error) {
	if v := float64(n); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return strconv.AppendFloat(nil, v, 'f', -1, 64), nil
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads a number, and NaN from null.
func (n *number) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*n = number(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}

// decimals is a value with four digits behind the point, a huge one with an
// exponent.
func decimals(n number) string {
	if math.Abs(float64(n)) < 1e6 {
		return fmt.Sprintf("%.4f", float64(n))
	}
	return fmt.Sprintf("%.4g", float64(n))
}
