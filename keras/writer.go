package keras

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"recurve"
)

// metadata is metadata.json.
type metadata struct {
	KerasVersion string `json:"keras_version"`
	DateSaved    string `json:"date_saved"`
}

// formatVersion is the oldest Keras that reads what is written.
const formatVersion = "3.0.0"

// WriteForm writes the model to w in one of the forms. See [Save].
func WriteForm(w io.Writer, m *recurve.Model, form Form) error {
	switch form {
	case Archive:
		return Write(w, m)
	case Weights:
		_, err := weights(m).WriteTo(w)
		return err
	case Legacy:
		return writeLegacy(w, m)
	}
	return fmt.Errorf("no form of a file: %v", form)
}

// Write writes the model as a .keras file to w. See [Save].
func Write(w io.Writer, m *recurve.Model) error {
	meta, err := json.Marshal(metadata{KerasVersion: formatVersion, DateSaved: time.Now().Format("2006-01-02@15:04:05")})
	if err != nil {
		return err
	}
	config, err := configJSON(m)
	if err != nil {
		return err
	}
	members := []member{{metadataMember, jsonMember(meta)}, {configMember, jsonMember(config)}, {weightsMember, weights(m)}}
	if p := m.Text(); p != nil {
		b, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("the text processor: %w", err)
		}
		members = append(members, member{textMember, jsonMember(b)})
	}
	if o := m.Origin(); o != nil {
		b, err := formatOrigin(o)
		if err != nil {
			return fmt.Errorf("the origin: %w", err)
		}
		members = append(members, member{originMember, jsonMember(b)})
	}
	z := zip.NewWriter(w)
	for _, p := range members {
		if err := writeMember(z, p.name, p.content); err != nil {
			return err
		}
	}
	return z.Close()
}

// member is a part of the archive.
type member struct {
	name    string
	content io.WriterTo
}

// origin is recurve.Origin in JSON, which has no form for a loss that is not a
// number: it is written null.
type origin struct {
	recurve.Origin
	Logs map[string]*float64 `json:"logs,omitempty"` // in place of the Origin's
}

func formatOrigin(o *recurve.Origin) ([]byte, error) {
	out := origin{Origin: *o}
	for name, v := range o.Logs {
		if out.Logs == nil {
			out.Logs = map[string]*float64{}
		}
		out.Logs[name] = nil
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			out.Logs[name] = &v
		}
	}
	return json.Marshal(out)
}

func parseOrigin(b []byte) (*recurve.Origin, error) {
	var in origin
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, err
	}
	for name, v := range in.Logs {
		if in.Origin.Logs == nil {
			in.Origin.Logs = recurve.Logs{}
		}
		in.Origin.Logs[name] = math.NaN()
		if v != nil {
			in.Origin.Logs[name] = *v
		}
	}
	return &in.Origin, nil
}
