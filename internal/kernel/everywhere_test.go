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
		Linear:            {"47a343008d2f3b7baf5b408c79bab5a7", "a17fa288b9b57416e70b3150c1d6022d"},
		Tanh:              {"ce457c928b83376dc826cdf48b51b27c", "e34322cff6ac2ee70aad27a77f05e8e7"},
		Sigmoid:           {"47ca8d81c48d6318600ee640e474106a", "498a57692e2e939926a9aef146664fa6"},
		HardSigmoid:       {"0c2120e9d1af1f3ad0545962a0d166ab", "0693dac5acb86b8f4321f02cfcab50d0"},
		ReLU:              {"e15ab60a6d3c6b27ea7731a73611bb81", "f71bb3668f625e8a5d46f2364e8337cb"},
		ReLU6:             {"bf1094342cef4ea1bb4c78cb0744fb1c", "7b696d4bfd9417d7e5ace21ac544a28c"},
		LeakyReLU:         {"c3552e392271cec3600d4028342aa33e", "b16aae0be231065ed05e7d88a9f30225"},
		ELU:               {"d51bb40bc0cd51cce017245bd1b27962", "303c1b05a6f3d49bdd91546058713671"},
		SELU:              {"57ac629c2227394382a11ca65291b90d", "38a72a8d968ce85e8e3d951d331ec49c"},
		Softplus:          {"47dd3a842e1b748551b6412c42f83ccd", "2e8a55b9fc9dd7f6f3fbdc129a0ed666"},
		Softsign:          {"a0d3a0740368b17120ce3eba37e75edc", "947d23eacd2689b4c767f250bd77ec15"},
		Exponential:       {"20dc0f3f7c825c4ea8369d58eefe2d53", "3ee28de782151fe017f64384f78f7f9b"},
		SiLU:              {"bc801c353e0f2c1279852cb3e3db677b", "d2c1fdc8e1749fb4f447386857f8a437"},
		GELU:              {"b01f651a565f51f705e60d99848eb07c", "df09f0266ec16a3932e8f1439a0297ab"},
		Keras2HardSigmoid: {"b9aec0a2f2d0cc6cf63e1f9ffc8c63ff", "b7507eef3cd8ce13d951a2993abab3ed"},
	}
}

// TestSameBitsEverywhere: plain Go gives the same bits on every processor,
// whatever its compiler would like to fuse. (The other sets are compared with
// plain Go.)
func TestSameBitsEverywhere(t *testing.T) {
	const n, stride = 100_000, 42_949
	for f := Linear; f <= Keras2HardSigmoid; f++ {
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
