package numpy

import (
	"fmt"
	"math"
	"math/bits"

	"gonum.org/v1/gonum/mathext/prng"
)

// RandomState is NumPy's legacy generator, numpy.random.RandomState: the same
// seed gives the same draws and the same orders.
type RandomState struct{ mt *prng.MT19937 }

// NewRandomState returns the generator that RandomState(seed) makes.
func NewRandomState(seed uint32) *RandomState {
	mt := prng.NewMT19937()
	mt.Seed(uint64(seed))
	return &RandomState{mt}
}

// Uint32 draws 32 random bits.
func (r *RandomState) Uint32() uint32 { return r.mt.Uint32() }

// interval draws from 0 to limit, both included, as NumPy's random_interval
// does: bits under the smallest mask that covers limit, until they are not
// above it.
func (r *RandomState) interval(limit uint32) uint32 {
	mask := uint32(1)<<bits.Len32(limit) - 1
	for {
		if v := r.mt.Uint32() & mask; v <= limit {
			return v
		}
	}
}

// Shuffle reorders n things as RandomState.shuffle does; swap exchanges two of
// them. n must be below 2^32.
func (r *RandomState) Shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, int(r.interval(uint32(i))))
	}
}

// Permutation returns 0 to n-1 in the order of RandomState.permutation(n),
// which is also what shuffle makes of arange(n).
func (r *RandomState) Permutation(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	r.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}

// TrainTestSplit returns the rows that scikit-learn's
// train_test_split(test_size=testSize, random_state=seed) puts into its two
// parts of n samples, in its order. testSize is a share between 0 and 1; the
// number of test samples is rounded up.
func TrainTestSplit(n int, testSize float64, seed uint32) (train, test []int, err error) {
	if !(testSize > 0 && testSize < 1) {
		return nil, nil, fmt.Errorf("test size %v: want a share above 0 and below 1, such as 0.2", testSize)
	}
	nTest := int(math.Ceil(testSize * float64(n)))
	if nTest < 1 || nTest >= n {
		return nil, nil, fmt.Errorf("%d samples are too few to set %v of them apart and keep some to train on", n, testSize)
	}
	order := NewRandomState(seed).Permutation(n)
	return order[nTest:], order[:nTest], nil
}
