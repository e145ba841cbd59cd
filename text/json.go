package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// MaxJSONBytes is the longest JSON form of a Processor that is read. Who unpacks
// one from a file should stop there.
const MaxJSONBytes = 256 << 20

const (
	formatName    = "recurve text"
	formatVersion = 1
	maxLabels     = 1 << 20
)

// processorJSON is the JSON form: its fields in this order.
type processorJSON struct {
	Format    string        `json:"format"`
	Version   int           `json:"version"`
	Tokenizer tokenizerJSON `json:"tokenizer"`
	NumWords  int           `json:"num_words"`
	SkipTop   int           `json:"skip_top"`
	Start     *int32        `json:"start_id"` // null: none
	OOV       *int32        `json:"oov_id"`
	Pad       padJSON       `json:"pad"`
	Labels    []string      `json:"labels"`
	First     int           `json:"first_id"`
	Words     []string      `json:"words"`
}

type tokenizerJSON struct {
	Filters string `json:"filters"`
	Case    Case   `json:"case"`
}

type padJSON struct {
	ID         int32 `json:"id"`
	MaxLen     int   `json:"maxlen"` // 0: not known
	Padding    Side  `json:"padding"`
	Truncating Side  `json:"truncating"`
}

// MarshalText returns "lower", "lower_ascii" or "keep".
func (c Case) MarshalText() ([]byte, error) {
	switch c {
	case Lower:
		return []byte("lower"), nil
	case LowerASCII:
		return []byte("lower_ascii"), nil
	case Keep:
		return []byte("keep"), nil
	}
	return nil, fmt.Errorf("text: Case(%d) is not known", c)
}

// UnmarshalText reads "lower", "lower_ascii" or "keep".
func (c *Case) UnmarshalText(b []byte) error {
	for _, known := range []Case{Lower, LowerASCII, Keep} {
		if name, _ := known.MarshalText(); bytes.Equal(name, b) {
			*c = known
			return nil
		}
	}
	return fmt.Errorf("text: case %q: want lower, lower_ascii or keep", short(string(b)))
}

// MarshalJSON writes the Processor; the same one always gives the same bytes.
// It is an error if Check finds one.
func (p *Processor) MarshalJSON() ([]byte, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if !utf8.ValidString(p.Tokenizer.Filters) {
		return nil, errors.New("text: the filters are not UTF-8")
	}
	j := processorJSON{
		Format: formatName, Version: formatVersion,
		Tokenizer: tokenizerJSON{p.Tokenizer.Filters, p.Tokenizer.Case},
		NumWords:  p.NumWords, SkipTop: p.SkipTop,
		Start: optional(p.StartID), OOV: optional(p.OOVID),
		Pad:    padJSON{p.Pad.Value, p.Pad.MaxLen, p.Pad.Padding, p.Pad.Truncating},
		Labels: append([]string{}, p.Labels...),
		First:  int(p.Vocabulary.first), Words: append([]string{}, p.Vocabulary.words...),
	}
	switch {
	case p.Tokenizer.NoFilters:
		j.Tokenizer.Filters = ""
	case p.Tokenizer.Filters == "":
		j.Tokenizer.Filters = DefaultFilters
	}
	for _, l := range p.Labels {
		if !utf8.ValidString(l) {
			return nil, fmt.Errorf("text: the label %q is not UTF-8", short(l))
		}
	}
	return json.Marshal(j)
}

func optional(id int32) *int32 {
	if id == None {
		return nil
	}
	return &id
}

func required(id *int32) (int32, error) {
	switch {
	case id == nil:
		return None, nil
	case *id < 0:
		return 0, fmt.Errorf("text: id %d: want 0 or more, or null", *id)
	}
	return *id, nil
}

// UnmarshalJSON reads what MarshalJSON wrote and checks all of it.
func (p *Processor) UnmarshalJSON(b []byte) error {
	if len(b) > MaxJSONBytes {
		return fmt.Errorf("text: %d bytes of text settings: at most %d are read", len(b), MaxJSONBytes)
	}
	var j processorJSON
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&j); err != nil {
		return fmt.Errorf("text: the text settings are damaged: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("text: there is more after the text settings")
	}
	if j.Format != formatName || j.Version != formatVersion {
		return fmt.Errorf("text: text settings of format %q, version %d: want %q, version %d",
			short(j.Format), j.Version, formatName, formatVersion)
	}
	if len(j.Labels) > maxLabels {
		return fmt.Errorf("text: %d labels: at most %d are read", len(j.Labels), maxLabels)
	}
	start, err := required(j.Start)
	if err != nil {
		return err
	}
	oov, err := required(j.OOV)
	if err != nil {
		return err
	}
	v, err := NewVocabulary(j.First, j.Words)
	if err != nil {
		return err
	}
	out := Processor{
		Tokenizer:  Tokenizer{Filters: j.Tokenizer.Filters, Case: j.Tokenizer.Case},
		Vocabulary: v, NumWords: j.NumWords, SkipTop: j.SkipTop, StartID: start, OOVID: oov,
		Pad: PadOptions{Value: j.Pad.ID, MaxLen: j.Pad.MaxLen, Padding: j.Pad.Padding, Truncating: j.Pad.Truncating},
	}
	if len(j.Labels) > 0 {
		out.Labels = j.Labels
	}
	switch out.Tokenizer.Filters {
	case "":
		out.Tokenizer.NoFilters = true
	case DefaultFilters:
		out.Tokenizer.Filters = ""
	}
	if err := out.Check(); err != nil {
		return err
	}
	*p = out
	return nil
}
