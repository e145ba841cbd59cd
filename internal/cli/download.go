package cli

import (
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// downloads shows files as they arrive: a bar each in a terminal, elsewhere a
// line.
type downloads struct {
	s     *session
	mu    sync.Mutex
	bars  map[string]*mpb.Bar
	board *mpb.Progress // nil until there is something to show
}

func (s *session) newDownloads() *downloads { return &downloads{s: s, bars: map[string]*mpb.Bar{}} }

// progress is told how much of a file has arrived; total is -1 where it is not
// known.
func (d *downloads) progress(file string, done, total int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	bar, begun := d.bars[file]
	if !begun {
		bar = d.begin(file, total)
		d.bars[file] = bar
	}
	if bar != nil {
		bar.SetCurrent(done)
	}
}

func (d *downloads) begin(file string, total int64) *mpb.Bar {
	if !d.s.err.terminal {
		if total > 0 {
			d.s.note("downloading %s (%s)", file, size(total))
		} else {
			d.s.note("downloading %s", file)
		}
		return nil
	}
	if d.board == nil {
		d.board = mpb.NewWithContext(d.s.ctx, mpb.WithOutput(d.s.err.raw), mpb.WithWidth(min(d.s.err.width(), plainWidth)))
	}
	after := []decor.Decorator{decor.CountersKibiByte(" % .1f / % .1f", decor.WCSyncSpace)}
	if d.s.err.width() >= plainWidth {
		after = append(after, decor.AverageSpeed(decor.SizeB1024(0), "% .1f", decor.WCSyncSpace))
	}
	return d.board.New(max(total, 0), mpb.BarStyle().Lbound("").Filler("━").Tip("━").Padding("─").Rbound(""),
		mpb.PrependDecorators(decor.Name(file, decor.WCSyncSpaceR)), mpb.AppendDecorators(after...))
}

// wait ends the bars, also those of downloads that failed.
func (d *downloads) wait() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, bar := range d.bars {
		if bar != nil {
			bar.Abort(false) // of no effect on a complete one
		}
	}
	if d.board != nil {
		d.board.Wait()
	}
}
