package recurve

import (
	"runtime"
	"sync/atomic"
	"time"

	"recurve/layer"
)

// pool runs a function on several goroutines at once, again and again, without
// allocating or locking. The caller is worker 0. The stages of a training step
// follow each other within microseconds, so whoever waits first looks again
// and again for a while, and only then sleeps.
type pool struct {
	workers int
	spin    time.Duration

	f     func(worker int) // of the stage at work
	stage atomic.Uint32    // counts stages; a new number starts the workers
	busy  atomic.Int32     // workers that have not finished
	ended bool

	asleep []sleeper // worker by worker; the caller's waits for busy to be 0
}

// sleeper is where a goroutine sleeps until it is woken.
type sleeper struct {
	down atomic.Bool
	bell chan struct{} // room for one ring
	_    [48]byte      // a cache line for each
}

// newPool makes a pool for a run: no more workers than a batch has tiles.
func newPool(threads int, run layer.Run) *pool {
	p := &pool{workers: min(threads, run.Tiles())}
	if p.workers <= runtime.GOMAXPROCS(0) {
		p.spin = 2 * time.Millisecond
	}
	p.asleep = make([]sleeper, p.workers)
	for w := range p.asleep {
		p.asleep[w].bell = make(chan struct{}, 1)
	}
	for w := 1; w < p.workers; w++ {
		go p.work(w)
	}
	return p
}

func (p *pool) work(w int) {
	for stage := uint32(1); ; stage++ {
		p.wait(w, func() bool { return p.stage.Load() == stage })
		if p.ended {
			p.finished()
			return
		}
		p.f(w)
		p.finished()
	}
}

func (p *pool) finished() {
	if p.busy.Add(-1) == 0 {
		p.wake(0)
	}
}

// wait returns once ready is true: whoever makes it true must wake w after.
func (p *pool) wait(w int, ready func() bool) {
	if ready() {
		return
	}
	if p.spin > 0 {
		for start := time.Now(); time.Since(start) < p.spin; {
			for range 64 {
				if ready() {
					return
				}
			}
		}
	}
	s := &p.asleep[w]
	for !ready() {
		s.down.Store(true)
		if ready() && s.down.CompareAndSwap(true, false) {
			return
		}
		<-s.bell
	}
}

func (p *pool) wake(w int) {
	if s := &p.asleep[w]; s.down.CompareAndSwap(true, false) {
		s.bell <- struct{}{}
	}
}

// run calls f(0) to f(workers-1), all at once, and waits for them.
func (p *pool) run(f func(worker int)) {
	p.f = f
	p.begin()
	f(0)
	p.wait(0, func() bool { return p.busy.Load() == 0 })
}

// begin starts the workers on a stage.
func (p *pool) begin() {
	p.busy.Store(int32(p.workers - 1))
	p.stage.Add(1)
	for w := 1; w < p.workers; w++ {
		p.wake(w)
	}
}

// close ends the goroutines and waits for them.
func (p *pool) close() {
	p.ended = true
	p.begin()
	p.wait(0, func() bool { return p.busy.Load() == 0 })
}
