package callback

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"recurve"
)

// Progress shows a fit as it runs. On a terminal it draws Keras' bar, with the
// running means; elsewhere it writes a line an epoch.
type Progress struct {
	recurve.NopCallback

	// Writer receives the progress. Needed.
	Writer io.Writer
	// Terminal says that Writer understands carriage returns and colours.
	Terminal bool

	now   func() time.Time // for tests; nil means time.Now
	start time.Time
	first time.Time // end of the first step: it is not representative
	drawn time.Time
	width int // of the line on the screen
}

const (
	barCells = 20
	redraw   = 50 * time.Millisecond
)

func (c *Progress) clock() time.Time {
	if c.now != nil {
		return c.now()
	}
	return time.Now()
}

// OnEpochBegin implements [recurve.Callback].
func (c *Progress) OnEpochBegin(t *recurve.Training, epoch int) error {
	c.start, c.drawn, c.width = c.clock(), time.Time{}, 0
	if c.Terminal && t.Epochs > 1 {
		_, err := fmt.Fprintf(c.Writer, "Epoch %d/%d\n", epoch+1, t.Epochs)
		return err
	}
	return nil
}

// OnTrainBatchEnd implements [recurve.Callback].
func (c *Progress) OnTrainBatchEnd(t *recurve.Training, batch int, logs recurve.Logs) error {
	now := c.clock()
	if batch == 0 {
		c.first = now
	}
	if !c.Terminal || now.Sub(c.drawn) < redraw || batch+1 == t.StepsPerEpoch {
		return nil // the last is drawn with the validation
	}
	c.drawn = now
	return c.draw(t, batch+1, now, logs, false)
}

// OnEpochEnd implements [recurve.Callback].
func (c *Progress) OnEpochEnd(t *recurve.Training, epoch int, logs recurve.Logs) error {
	now := c.clock()
	if c.Terminal {
		return c.draw(t, t.StepsPerEpoch, now, logs, true)
	}
	_, err := fmt.Fprintf(c.Writer, "Epoch %d/%d - %s%s%s\n", epoch+1, t.Epochs,
		seconds(now.Sub(c.start)), c.perStep(t.StepsPerEpoch, now), values(logs))
	return err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.0fs", d.Seconds()) }

// draw writes Keras' line over the one before.
func (c *Progress) draw(t *recurve.Training, step int, now time.Time, logs recurve.Logs, last bool) error {
	digits := len(fmt.Sprint(t.StepsPerEpoch))
	counter := fmt.Sprintf("%*d/%d", digits, step, t.StepsPerEpoch)
	done := barCells * step / t.StepsPerEpoch
	elapsed := seconds(now.Sub(c.start))
	if !last {
		elapsed = eta(c.step(step, now) * time.Duration(t.StepsPerEpoch-step))
	}
	rest := c.perStep(step, now) + values(logs)
	width := len(counter) + 1 + barCells + 1 + len(elapsed) + len(rest)

	var b strings.Builder
	b.WriteString("\r\x1b[1m" + counter + "\x1b[0m ")
	if done > 0 {
		b.WriteString("\x1b[32m" + strings.Repeat("━", done) + "\x1b[0m")
	}
	b.WriteString("\x1b[37m" + strings.Repeat("━", barCells-done) + "\x1b[0m \x1b[1m" + elapsed + "\x1b[0m" + rest)
	b.WriteString(strings.Repeat(" ", max(c.width-width, 0)))
	if last {
		b.WriteByte('\n')
	}
	c.width = width
	_, err := io.WriteString(c.Writer, b.String())
	return err
}

// step is how long a step takes, the first left out.
func (c *Progress) step(steps int, now time.Time) time.Duration {
	if steps > 1 {
		return now.Sub(c.first) / time.Duration(steps-1)
	}
	return now.Sub(c.start)
}

func (c *Progress) perStep(steps int, now time.Time) string {
	switch d := c.step(steps, now); {
	case d >= time.Second:
		return fmt.Sprintf(" %.0fs/step", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf(" %.0fms/step", d.Seconds()*1e3)
	default:
		return fmt.Sprintf(" %.0fus/step", d.Seconds()*1e6)
	}
}

// eta is a duration as Keras writes what is left.
func eta(d time.Duration) string {
	s := int(d.Seconds())
	switch {
	case s > 3600:
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s%3600/60, s%60)
	case s > 60:
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%ds", s)
}

// values are the logs as Keras writes them.
func values(logs recurve.Logs) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(logs)) {
		if v := logs[k]; math.Abs(v) > 1e-3 {
			fmt.Fprintf(&b, " - %s: %.4f", k, v)
		} else {
			fmt.Fprintf(&b, " - %s: %.4e", k, v)
		}
	}
	return b.String()
}
