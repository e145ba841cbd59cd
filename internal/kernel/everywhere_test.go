package kernel

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"testing"
)

// everywhere are the SHA-256 of the activations and of their slopes over a
// stride of all float32: plain Go on amd64.
func everywhere() map[Activation][2]string {
	return map[Activation][2]string{
		Linear:      {"47a343008d2f3b7baf5b408c79bab5a7", "a17fa288b9b57416e70b3150c1d6022d"},
		Tanh:        {"49c1f422475ee11a911c832be2cc234e", "20a0b4c5c917d212464fc449faf44c6d"},
		Sigmoid:     {"04948d2a0380224020320f3c5ce01c72", "d354b9db8e14d62f37758148568e9b6a"},
		HardSigmoid: {"0c2120e9d1af1f3ad0545962a0d166ab", "0693dac5acb86b8f4321f02cfcab50d0"},
		ReLU:        {"e15ab60a6d3c6b27ea7731a73611bb81", "f71bb3668f625e8a5d46f2364e8337cb"},
		ReLU6:       {"bf1094342cef4ea1bb4c78cb0744fb1c", "7b696d4bfd9417d7e5ace21ac544a28c"},
		LeakyReLU:   {"c3552e392271cec3600d4028342aa33e", "b16aae0be231065ed05e7d88a9f30225"},
		ELU:         {"d51bb40bc0cd51cce017245bd1b27962", "303c1b05a6f3d49bdd91546058713671"},
		SELU:        {"57ac629c2227394382a11ca65291b90d", "38a72a8d968ce85e8e3d951d331ec49c"},
		Softplus:    {"47dd3a842e1b748551b6412c42f83ccd", "2e8a55b9fc9dd7f6f3fbdc129a0ed666"},
		Softsign:    {"a0d3a0740368b17120ce3eba37e75edc", "947d23eacd2689b4c767f250bd77ec15"},
		Exponential: {"b02055b94a8a837527116d237f0ac44e", "31d6247a3f5db75cb2d7dd5c487c9d12"},
		SiLU:        {"c121ddd84cebd42a749dbbe04174583c", "d2c1fdc8e1749fb4f447386857f8a437"},
		GELU:        {"b01f651a565f51f705e60d99848eb07c", "df09f0266ec16a3932e8f1439a0297ab"},
	}
}

// TestSameBitsEverywhere: plain Go gives the same bits on every processor,
// whatever its compiler would like to fuse. (The other sets are compared with
// plain Go.)
func TestSameBitsEverywhere(t *testing.T) {
	const n, stride = 100_000, 42_949
	for f := Linear; f <= GELU; f++ {
		x, y, d := make([]float32, n), make([]float32, n), make([]float32, n)
		for i := range x {
			x[i] = math.Float32frombits(uint32(i * stride))
			d[i] = 1 + float32(i)*0x1p-20
		}
		copy(y, x)
		Go{}.Activate(y, f)
		Go{}.ActivateGrad(d, y, x, f)
		if got, want := [2]string{digest(t, y), digest(t, d)}, everywhere()[f]; got != want {
			t.Errorf("activation %d and its slope: %s, want %s", f, got, want)
		}
	}
}

// digest is the SHA-256 of values, all NaN being alike.
func digest(t *testing.T, x []float32) string {
	bits := make([]uint32, len(x))
	for i, v := range x {
		if bits[i] = math.Float32bits(v); v != v {
			bits[i] = 0x7fc00000
		}
	}
	hash := sha256.New()
	if err := binary.Write(hash, binary.LittleEndian, bits); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", hash.Sum(nil)[:16])
}
