package dataset

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestBuckets holds an order in buckets against what it must be: the same
// samples, the same rest, and within each pool batches whose lengths don't
// overlap.
func TestBuckets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, batch := rapid.IntRange(1, 700).Draw(t, "n"), rapid.IntRange(1, 40).Draw(t, "batch")
		seed := rapid.Uint64().Draw(t, "seed")
		random := rand.New(rand.NewPCG(seed, 1))
		l := make(Lengths, n)
		for i := range l {
			l[i] = random.IntN(50)
		}
		before := random.Perm(n)
		order, again := slices.Clone(before), slices.Clone(before)
		l.Buckets(order, batch, rand.New(rand.NewPCG(seed, 2)))
		l.Buckets(again, batch, rand.New(rand.NewPCG(seed, 2)))
		if !slices.Equal(order, again) {
			t.Fatal("the same seed gives another order")
		}
		whole := n / batch * batch
		if !slices.Equal(order[whole:], before[whole:]) {
			t.Fatalf("the rest is %v, want %v", order[whole:], before[whole:])
		}
		pool := make([]int, n) // of each sample
		for i, sample := range before {
			pool[sample] = i / (bucketPool * batch)
		}
		batches := map[int][][]int{}
		for b := range slices.Chunk(order[:whole], batch) {
			for i, sample := range b {
				if pool[sample] != pool[b[0]] || i > 0 && l[sample] < l[b[i-1]] {
					t.Fatalf("batch %v of lengths %v", b, l)
				}
			}
			batches[pool[b[0]]] = append(batches[pool[b[0]]], b)
		}
		for _, bs := range batches {
			slices.SortFunc(bs, func(a, b []int) int { return l[a[0]] + l[a[batch-1]] - l[b[0]] - l[b[batch-1]] })
			for i := range len(bs) - 1 {
				if l[bs[i][batch-1]] > l[bs[i+1][0]] {
					t.Fatalf("the lengths of batches %v and %v overlap", bs[i], bs[i+1])
				}
			}
		}
		slices.Sort(order)
		for i, sample := range order {
			if sample != i {
				t.Fatalf("sample %d is missing or there twice", i)
			}
		}
	})
}

func TestRealSteps(t *testing.T) {
	d := (&Sequences{X: [][]int32{{1, 0, 3}, {4}, {}, {5, 6, 7, 8, 9}}}).Pad(4)
	if got := d.RealSteps(); !slices.Equal(got, Lengths{3, 1, 0, 4}) {
		t.Errorf("ids: %v", got)
	}
	f, err := FromFeatures([]float32{0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0}, 3, 3, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.RealSteps(); !slices.Equal(got, Lengths{1, 0, 2}) {
		t.Errorf("features: %v", got)
	}
}
