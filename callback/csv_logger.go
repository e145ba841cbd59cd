package callback

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"maps"

	"recurve"
)

// CSVLogger writes one line an epoch, in Keras' format: the epoch, counted
// from 0, and all logs in alphabetical order; lines end with \r\n. Where the
// first epoch has no validation, columns for it are filled with NA. A fit that
// goes on from a History begins the file with its epochs.
type CSVLogger struct {
	recurve.NopCallback

	// Path of the file.
	Path string
	// Separator of columns; default ",".
	Separator string
	// Append adds to the file that is there, rather than replacing it.
	Append bool

	file   *os.File
	keys   []string
	header bool // still to be written
}

// OnTrainBegin implements [recurve.Callback].
func (c *CSVLogger) OnTrainBegin(t *recurve.Training) error {
	c.keys, c.header = nil, true
	flags := os.O_CREATE | os.O_RDWR
	if c.Append {
		flags |= os.O_APPEND
	} else {
		flags |= os.O_TRUNC
	}
	var err error
	if c.file, err = os.OpenFile(c.Path, flags, 0o644); err != nil {
		return fmt.Errorf("CSVLogger: %w", err)
	}
	if c.Append {
		line, err := bufio.NewReader(c.file).ReadString('\n')
		c.header = line == "" && err != nil
	}
	for _, e := range t.History.Epochs {
		if err := c.write(e.Number, e.Logs); err != nil {
			return err
		}
	}
	return nil
}

// OnEpochEnd implements [recurve.Callback].
func (c *CSVLogger) OnEpochEnd(_ *recurve.Training, epoch int, logs recurve.Logs) error {
	return c.write(epoch, logs)
}

func (c *CSVLogger) write(epoch int, logs recurve.Logs) error {
	if c.keys == nil {
		c.keys = slices.Sorted(maps.Keys(logs))
		if !slices.ContainsFunc(c.keys, func(k string) bool { return strings.HasPrefix(k, "val_") }) {
			for _, k := range slices.Clone(c.keys) {
				c.keys = append(c.keys, "val_"+k)
			}
		}
	}
	sep := or(c.Separator, ",")
	var b strings.Builder
	if c.header {
		b.WriteString("epoch" + sep + strings.Join(c.keys, sep) + "\r\n")
		c.header = false
	}
	b.WriteString(strconv.Itoa(epoch))
	for _, k := range c.keys {
		b.WriteString(sep)
		if v, ok := logs[k]; ok {
			b.WriteString(pythonFloat(v))
		} else {
			b.WriteString("NA")
		}
	}
	b.WriteString("\r\n")
	if _, err := c.file.WriteString(b.String()); err != nil {
		return fmt.Errorf("CSVLogger: %w", err)
	}
	return nil
}

// OnTrainEnd implements [recurve.Callback].
func (c *CSVLogger) OnTrainEnd(*recurve.Training) error {
	if c.file == nil {
		return nil
	}
	err := c.file.Close()
	if c.file = nil; err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("CSVLogger: %w", err)
	}
	return nil
}

// pythonFloat is Python's repr of a float.
func pythonFloat(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	case v != 0 && (a < 1e-4 || a >= 1e16):
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
