package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"recurve"
)

// valueHistory is the history.json of a model with any loss and metrics.
type valueHistory struct {
	Data      string       `json:"data"`
	Model     string       `json:"model"`
	Params    int          `json:"params"`
	Seed      uint32       `json:"seed"`
	Kernel    string       `json:"kernel"`
	Threads   int          `json:"threads"`
	Epochs    []valueEpoch `json:"epochs"`
	BestEpoch int          `json:"best_epoch"` // by validation loss, or by loss where none is measured; 0 where there is none
}

// valueEpoch is an epoch's values in the order in which they are shown: loss
// and metrics, then those of the validation.
type valueEpoch struct {
	number  int // from 1
	names   []string
	values  []number
	seconds number // validation included
}

// MarshalJSON implements [json.Marshaler]: {"epoch", "loss", ..., "seconds"}.
func (e valueEpoch) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"epoch":%d`, e.number)
	for i, name := range e.names {
		if err := member(&b, name, e.values[i]); err != nil {
			return nil, err
		}
	}
	if err := member(&b, "seconds", e.seconds); err != nil {
		return nil, err
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func member(b *bytes.Buffer, name string, v number) error {
	key, err := json.Marshal(name)
	if err != nil {
		return err
	}
	digits, err := v.MarshalJSON()
	fmt.Fprintf(b, ",%s:%s", key, digits)
	return err
}

// value is the value of that name, if there is one.
func (e valueEpoch) value(name string) (v number, ok bool) {
	if i := slices.Index(e.names, name); i >= 0 {
		return e.values[i], true
	}
	return 0, false
}

// add takes in the epoch that the model has just done.
func (h *valueHistory) add(m *recurve.Model, from recurve.Epoch) {
	e := valueEpoch{number: from.Number + 1, seconds: number(from.Duration.Seconds())}
	for _, name := range valueNames(m, from.Logs) {
		e.names, e.values = append(e.names, name), append(e.values, number(from.Logs[name]))
	}
	h.Epochs = append(h.Epochs, e)
	h.BestEpoch = h.best()
}

func (h *valueHistory) best() int {
	out, least := 0, number(0)
	for _, e := range h.Epochs {
		v, ok := e.value("val_loss")
		if !ok {
			v, _ = e.value("loss")
		}
		if finite(float64(v)) && (out == 0 || v < least) {
			out, least = e.number, v
		}
	}
	return out
}

// valueNames are the names in logs as they are shown: the loss and the metrics
// as they were compiled, then those of the validation.
func valueNames(m *recurve.Model, logs recurve.Logs) []string {
	all := []string{"loss"}
	for _, mt := range m.Metrics() {
		all = append(all, mt.Label())
	}
	for _, name := range all {
		all = append(all, "val_"+name)
	}
	var out []string
	for _, name := range all {
		if _, ok := logs[name]; ok {
			out = append(out, name)
		}
	}
	return out
}

// print writes the last epoch's values as a table.
func (h *valueHistory) print(o *output) {
	last := h.Epochs[len(h.Epochs)-1]
	sum := number(0)
	for _, e := range h.Epochs {
		sum += e.seconds
	}
	titles, row := []string{"epoch"}, []string{fmt.Sprint(last.number)}
	for i, name := range last.names {
		titles, row = append(titles, name), append(row, decimals(last.values[i]))
	}
	titles = append(titles, "s/epoch")
	row = append(row, fmt.Sprintf("%.2f", sum/number(len(h.Epochs))))
	o.table(numbers(titles...), [][]string{row})
}
