package recurve

import (
	"sync"

	"recurve/layer"
	"recurve/tensor"
)

// pool runs a function on several goroutines at once, again and again, without
// allocating. The caller is worker 0.
type pool struct {
	workers int
	start   []chan func(worker int)
	done    sync.WaitGroup
}

// newPool makes a pool for a run: no more workers than a batch has tiles.
func newPool(threads int, run layer.Run) *pool {
	tiles := (run.BatchSize + tensor.Lanes - 1) / tensor.Lanes
	p := &pool{workers: min(threads, tiles)}
	for w := 1; w < p.workers; w++ {
		c := make(chan func(int))
		p.start = append(p.start, c)
		go func() {
			for f := range c {
				f(w)
				p.done.Done()
			}
		}()
	}
	return p
}

// run calls f(0) to f(workers-1), all at once, and waits for them.
func (p *pool) run(f func(worker int)) {
	p.done.Add(len(p.start))
	for _, c := range p.start {
		c <- f
	}
	f(0)
	p.done.Wait()
}

// close ends the goroutines.
func (p *pool) close() {
	for _, c := range p.start {
		close(c)
	}
}
