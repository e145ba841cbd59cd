package numpy

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"testing"
)

func rowDigest(rows []int) string {
	var b []byte
	for _, r := range rows {
		b = binary.LittleEndian.AppendUint64(b, uint64(r))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

type randomFixture struct {
	Draws []struct {
		Seed  uint32
		Draws []uint32
	}
	Permutations []struct {
		Seed           uint32
		N              int
		Start, End     []int
		Digest, Second string
	}
	Splits []struct {
		N           int
		Size        float64
		Seed        uint32
		Error       bool
		Train, Test int
		TrainStart  []int  `json:"train_start"`
		TestStart   []int  `json:"test_start"`
		TrainDigest string `json:"train_digest"`
		TestDigest  string `json:"test_digest"`
	}
}

func TestRandomState(t *testing.T) {
	var want randomFixture
	readJSON(t, "random.json", &want)
	for _, c := range want.Draws {
		r := NewRandomState(c.Seed)
		draws := make([]uint32, 1300)
		for i := range draws {
			draws[i] = r.Uint32()
		}
		if got := draws[len(draws)-len(c.Draws):]; !slices.Equal(got, c.Draws) {
			t.Errorf("seed %d: draws %v, want %v", c.Seed, got, c.Draws)
		}
	}
	for _, c := range want.Permutations {
		r := NewRandomState(c.Seed)
		first, second := r.Permutation(c.N), r.Permutation(c.N)
		if n := len(c.Start); !slices.Equal(first[:n], c.Start) || rowDigest(first) != c.Digest {
			t.Errorf("seed %d, n %d: permutation begins %v, want %v", c.Seed, c.N, first[:n], c.Start)
		}
		if rowDigest(second) != c.Second {
			t.Errorf("seed %d, n %d: the second permutation of the stream differs", c.Seed, c.N)
		}
	}
}

// TestKerasOrder has the row numbers of load_data's shuffle that Keras gives.
func TestKerasOrder(t *testing.T) {
	r := NewRandomState(113)
	train, test := r.Permutation(25000), r.Permutation(25000)
	if !slices.Equal(train[:5], []int{7798, 13226, 18078, 793, 17499}) || !slices.Equal(train[24998:], []int{4828, 14501}) {
		t.Errorf("training rows %v ... %v", train[:5], train[24998:])
	}
	if !slices.Equal(test[:5], []int{22748, 4083, 8015, 13688, 5310}) {
		t.Errorf("test rows %v", test[:5])
	}
}

func TestTrainTestSplit(t *testing.T) {
	var want randomFixture
	readJSON(t, "random.json", &want)
	failed := 0
	for _, c := range want.Splits {
		train, test, err := TrainTestSplit(c.N, c.Size, c.Seed)
		if c.Error {
			failed++
			if err == nil {
				t.Errorf("%d x %v: no error, scikit-learn has one", c.N, c.Size)
			}
			continue
		}
		if err != nil || len(train) != c.Train || len(test) != c.Test {
			t.Errorf("%d x %v: %d + %d rows, %v; want %d + %d", c.N, c.Size, len(train), len(test), err, c.Train, c.Test)
			continue
		}
		if rowDigest(train) != c.TrainDigest || rowDigest(test) != c.TestDigest {
			t.Errorf("%d x %v, seed %d: rows %v and %v; they begin %v and %v", c.N, c.Size, c.Seed, train, test, c.TrainStart, c.TestStart)
		}
	}
	if failed == 0 {
		t.Error("the fixture has no split that fails")
	}
	for _, size := range []float64{0, 1, -0.1, 1.5, nan()} {
		if _, _, err := TrainTestSplit(10, size, 0); err == nil {
			t.Errorf("test size %v: no error", size)
		}
	}
	for _, n := range []int{0, 1} {
		if _, _, err := TrainTestSplit(n, 0.5, 0); err == nil {
			t.Errorf("%d samples: no error", n)
		}
	}
}

func nan() float64 {
	var zero float64
	return zero / zero
}
