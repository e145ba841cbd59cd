package layer

import (
	"recurve/internal/kernel"
	"recurve/tensor"
)

// Mask says which time steps of a tile's sequences count. A layer that knows
// masks passes over the others.
type Mask struct {
	lanes   []int32 // Steps x Lanes: -1 where the step counts, 0 where not
	partial []bool  // steps in which some lane does not count
	// No lane counts before step first or from step end on.
	first, end int
}

func newMask(steps int) *Mask {
	return &Mask{lanes: make([]int32, steps*tensor.Lanes), partial: make([]bool, steps)}
}

// Counts reports whether a step of a lane's sequence counts.
func (m *Mask) Counts(step, lane int) bool { return m.lanes[step*tensor.Lanes+lane] != 0 }

// Step is a step's lanes, as kernels take them: -1 where it counts, 0 where not.
func (m *Mask) Step(t int) []int32 { return m.lanes[t*tensor.Lanes : (t+1)*tensor.Lanes] }

// scan must be called once the steps' lanes are filled in.
func (m *Mask) scan(steps int) {
	m.first, m.end = steps, 0
	for t := range steps {
		var n int32
		for _, v := range m.Step(t) {
			n -= v
		}
		m.partial[t] = n < tensor.Lanes
		if n > 0 {
			m.first, m.end = min(m.first, t), t+1
		}
	}
	m.first = min(m.first, m.end)
}

// Masker is an operator that makes the mask that the layers behind it see.
type Masker interface {
	Operator
	// Counted is how many steps of one sample count, given its ids or, where
	// these are nil, its features.
	Counted(ids []int32, features []float32) int
}

// Forward takes a tile through a chain of operators, of which works are the
// workspaces. The tile's Mask is then that of the output, and its Penalty what the
// operators on the way have added up.
func Forward(ops []Operator, works []Workspace, tile *Tile, in *tensor.Block) *tensor.Block {
	tile.Mask, tile.Penalty = nil, 0
	for i, w := range works {
		in = w.Forward(tile, in)
		if !ops[i].Output().Masked {
			tile.Mask = nil
		}
	}
	return in
}

// selectAll is Select step by step over a sequence.
func selectAll(k kernel.Kernels, dst, a *tensor.Block, m *Mask) {
	for t := range a.Steps {
		if m.partial[t] {
			k.Select(dst.Step(t), a.Step(t), nil, m.Step(t))
		} else {
			copy(dst.Step(t), a.Step(t))
		}
	}
}
