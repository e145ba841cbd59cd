package dataset

import (
	"fmt"
	"slices"
)

// Lengths are the lengths of sequences, one each, in their order.
type Lengths []int

// Lengths are the lengths of the samples.
func (s *Sequences) Lengths() Lengths {
	l := make(Lengths, len(s.X))
	for i, x := range s.X {
		l[i] = len(x)
	}
	return l
}

// Min is the shortest length; 0 where there is none.
func (l Lengths) Min() int {
	if len(l) == 0 {
		return 0
	}
	return slices.Min(l)
}

// Max is the longest length; 0 where there is none.
func (l Lengths) Max() int {
	if len(l) == 0 {
		return 0
	}
	return slices.Max(l)
}

// Mean is the average length; 0 where there is none.
func (l Lengths) Mean() float64 {
	sum := 0
	for _, n := range l {
		sum += n
	}
	return float64(sum) / float64(max(len(l), 1))
}

// Median is the middle length, or the mean of the two middle ones; 0 where
// there is none.
func (l Lengths) Median() float64 {
	if len(l) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(l))
	n := len(sorted)
	return float64(sorted[(n-1)/2]+sorted[n/2]) / 2
}

// Histogram counts lengths in bins of equal width between the shortest and the
// longest. Counts[i] are those from Edges[i] up to Edges[i+1], which belongs to
// the next bin except in the last.
type Histogram struct {
	Edges  []float64 // one more than Counts
	Counts []int
}

// Histogram counts the lengths in the given number of bins, as NumPy's
// histogram does. There must be one bin or more and one length or more.
func (l Lengths) Histogram(bins int) (Histogram, error) {
	const most = 1 << 20
	if bins < 1 || bins > most {
		return Histogram{}, fmt.Errorf("dataset: histogram of %d bins: want 1 to %d", bins, most)
	}
	if len(l) == 0 {
		return Histogram{}, fmt.Errorf("dataset: histogram: there are no sequences")
	}
	low, high := float64(l.Min()), float64(l.Max())
	if low == high {
		low, high = low-0.5, high+0.5
	}
	h := Histogram{Edges: make([]float64, bins+1), Counts: make([]int, bins)}
	width := (high - low) / float64(bins)
	for i := range h.Edges {
		h.Edges[i] = low + float64(float64(i)*width)
	}
	h.Edges[bins] = high
	for _, n := range l {
		v := float64(n)
		i := min(int((v-low)/(high-low)*float64(bins)), bins-1)
		// Rounding may have gone past an edge.
		switch {
		case v < h.Edges[i]:
			i--
		case v >= h.Edges[i+1] && i < bins-1:
			i++
		}
		h.Counts[i]++
	}
	return h, nil
}
