package dataset

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// bucketPool is how many batches' samples are sorted by length together. The
// more, the more alike a batch's lengths are, and the less its samples are mixed.
const bucketPool = 100

// RealSteps are the lengths of the samples without what pads them: the steps
// between the first and the last whose id, or one of whose features, is not 0.
func (d *Dataset) RealSteps() Lengths {
	out := make(Lengths, d.N)
	for i := range out {
		first, last := d.Steps, 0
		for t := range d.Steps {
			if d.padding(i*d.Steps + t) {
				continue
			}
			first, last = min(first, t), t+1
		}
		out[i] = max(last-first, 0)
	}
	return out
}

// padding reports whether a step, counted over all samples, holds only zeros.
func (d *Dataset) padding(step int) bool {
	if d.IDs != nil {
		return d.IDs[step] == 0
	}
	for _, v := range d.Features[step*d.Width : (step+1)*d.Width] {
		if v != 0 {
			return false
		}
	}
	return true
}

// Buckets rearranges a shuffled order of samples so that each batch holds like
// lengths: the samples of every 100 batches are sorted by length and cut into
// batches, and then the batches are shuffled. The samples that don't fill a batch
// stay last, as they are. The result follows from order and random alone.
func (l Lengths) Buckets(order []int, batch int, random *rand.Rand) {
	whole := len(order) / batch
	for pool := range slices.Chunk(order[:whole*batch], bucketPool*batch) {
		slices.SortStableFunc(pool, func(a, b int) int { return cmp.Compare(l[a], l[b]) })
	}
	for i := whole - 1; i > 0; i-- {
		j := int(random.Uint64N(uint64(i + 1)))
		for k := range batch {
			a, b := i*batch+k, j*batch+k
			order[a], order[b] = order[b], order[a]
		}
	}
}
