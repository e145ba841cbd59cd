package recurve

import (
	"runtime"
	"sync/atomic"
	"time"
)

// pool runs the tasks of a stage on several goroutines at once, stage after
// stage, without allocating or locking. The caller is worker 0. Whoever is free
// takes the next task: a worker that the system has put aside holds up nothing
// that it has not begun. The stages of a training step follow each other within
// microseconds, so whoever waits first looks again and again for a while, and
// only then sleeps.
type pool struct {
	workers int
	spin    time.Duration
	stage   board
	ended   atomic.Bool
	asleep  []sleeper // worker by worker; the caller's waits for the stage's end
	team    []board   // large products on offer, see team; none where there are no large ones
}

// sleeper is where a goroutine sleeps until it is woken.
type sleeper struct {
	down atomic.Bool
	bell chan struct{} // room for one ring
	_    [48]byte      // a cache line for each
}

// newPool makes a pool of so many workers, the caller one of them.
func newPool(workers int, team []board) *pool {
	p := &pool{workers: workers, asleep: make([]sleeper, workers), team: team}
	if workers <= runtime.GOMAXPROCS(0) {
		p.spin = 2 * time.Millisecond
	}
	for w := range p.asleep {
		p.asleep[w].bell = make(chan struct{}, 1)
	}
	for w := 1; w < workers; w++ {
		go p.work(w)
	}
	return p
}

// run calls f(0) to f(tasks-1), several at once, and waits for them.
func (p *pool) run(tasks int, f func(task int)) {
	p.stage.post(tasks, f)
	for w := 1; w < p.workers; w++ {
		p.wake(w)
	}
	for p.stage.take() {
	}
	p.wait(0, p.stage.done)
}

// work is a worker's life.
func (p *pool) work(w int) {
	waiting := func() bool { return p.stage.offers() || p.ended.Load() }
	for {
		p.wait(w, waiting)
		for p.stage.take() {
			if p.stage.done() {
				p.wake(0)
			}
		}
		if p.ended.Load() {
			p.stage.finish()
			p.wake(0)
			return
		}
	}
}

// close ends the goroutines and waits for them.
func (p *pool) close() {
	p.stage.open.Store(int32(p.workers - 1))
	p.ended.Store(true)
	for w := 1; w < p.workers; w++ {
		p.wake(w)
	}
	p.wait(0, p.stage.done)
}

// wait returns once ready is true, and helps with large products until then:
// whoever makes it true must wake w after.
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
				if p.help() {
					start = time.Now()
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

// help does a part of a large product, if one is on offer.
func (p *pool) help() bool {
	for i := range p.team {
		if p.team[i].take() {
			return true
		}
	}
	return false
}

func (p *pool) wake(w int) {
	if s := &p.asleep[w]; s.down.CompareAndSwap(true, false) {
		s.bell <- struct{}{}
	}
}

// board offers the tasks of one piece of work to whoever is free.
type board struct {
	f     func(task int)
	tasks int
	// offer counts the pieces of work in its upper half, and in its lower the
	// tasks that nobody has taken yet. Who takes one holds the work open, so
	// that f and tasks stay as they are.
	offer atomic.Uint64
	open  atomic.Int32 // tasks that are not done
	taken atomic.Bool  // the board is in use
	_     [32]byte     // a cache line for each
}

// post offers new work; the last must be done.
func (b *board) post(tasks int, f func(task int)) {
	b.f, b.tasks = f, tasks
	b.open.Store(int32(tasks))
	b.offer.Store((b.offer.Load()>>32+1)<<32 | uint64(tasks))
}

// offers says whether there is a task to take.
func (b *board) offers() bool { return uint32(b.offer.Load()) > 0 }

// take does a task, if there is one to take.
func (b *board) take() bool {
	for {
		offer := b.offer.Load()
		left := uint32(offer)
		if left == 0 {
			return false
		}
		if b.offer.CompareAndSwap(offer, offer-1) {
			b.f(b.tasks - int(left))
			b.finish()
			return true
		}
	}
}

func (b *board) finish() { b.open.Add(-1) }

// done says whether all tasks are done.
func (b *board) done() bool { return b.open.Load() == 0 }
