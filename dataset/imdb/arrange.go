package imdb

import (
	"fmt"
	"slices"

	"recurve/dataset"
	"recurve/internal/numpy"
)

// arrange does what load_data does after reading: it orders the reviews, drops
// long ones, and turns ranks into the ids that are kept. test is nil where it was
// not read.
func (s settings) arrange(r *reviews) (train, test *dataset.Sequences, err error) {
	random := numpy.NewRandomState(s.seed) // one stream for both parts, the training's first
	trainRows := s.short(r.train, random.Permutation(len(r.train.x)))
	testRows := s.short(r.test, random.Permutation(len(r.test.x)))
	if len(trainRows) == 0 || r.whole && len(testRows) == 0 {
		return nil, nil, fmt.Errorf("imdb: no review is shorter than MaxLen %d; take a larger one", s.maxLen)
	}
	if s.numWords == 0 {
		s.numWords = max(s.largest(r.train, trainRows), s.largest(r.test, testRows))
	}
	err = both(
		func() error { train = s.sequences(r.train, trainRows); return nil },
		r.unlessTrain(func() error { test = s.sequences(r.test, testRows); return nil }),
	)
	return train, test, err
}

// short are the rows whose reviews are not dropped for their length.
func (s settings) short(p part, rows []int) []int {
	if s.maxLen == 0 {
		return rows
	}
	return slices.DeleteFunc(rows, func(r int) bool { return len(p.x[r])+s.starts() >= int(s.maxLen) })
}

// starts is the number of ids put before a review.
func (s settings) starts() int {
	if s.start == None {
		return 0
	}
	return 1
}

// largest is the largest id of the given rows.
func (s settings) largest(p part, rows []int) int32 {
	most := s.start
	for _, r := range rows {
		for _, rank := range p.x[r] {
			most = max(most, rank+s.from)
		}
	}
	return most
}

// sequences are the given rows with their final ids. The ids lie in memory in the
// order of the file, which takes half the time of the order of the rows.
func (s settings) sequences(p part, rows []int) *dataset.Sequences {
	const dropped = -1
	place := slices.Repeat([]int{dropped}, len(p.x))
	total := 0
	for i, r := range rows {
		place[r] = i
		total += len(p.x[r]) + s.starts()
	}
	ids := make([]int32, total)
	out := &dataset.Sequences{X: make([][]int32, len(rows)), Y: make([]float32, len(rows))}
	for r, i := range place {
		if i == dropped {
			continue
		}
		n := 0
		if s.start != None {
			n = s.put(ids, 0, s.start)
		}
		if s.oov == None {
			for _, rank := range p.x[r] {
				n = s.put(ids, n, rank+s.from)
			}
		} else {
			s.replace(ids[n:], p.x[r])
			n += len(p.x[r])
		}
		out.X[i] = ids[:n:n]
		out.Y[i] = p.y[r]
		ids = ids[n:]
	}
	return out
}

// put writes an id to dst[n], or what stands for it when it is not kept, and
// returns where the next one goes.
func (s settings) put(dst []int32, n int, id int32) int {
	if id < s.skipTop || id >= s.numWords {
		if s.oov == None {
			return n
		}
		id = s.oov
	}
	dst[n] = id
	return n + 1
}

// replace writes the ids of ranks to dst, each the id that is kept or the
// out-of-vocabulary id.
func (s settings) replace(dst, ranks []int32) {
	dst = dst[:len(ranks)]
	// One comparison: an id below skipTop wraps round to a large number.
	kept := uint32(max(s.numWords-s.skipTop, 0))
	from, skip, oov := s.from, s.skipTop, s.oov // in registers: no branch is needed then
	for i, rank := range ranks {
		id := rank + from
		if uint32(id-skip) >= kept {
			id = oov
		}
		dst[i] = id
	}
}
