package keras

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"recurve"
	"recurve/layer"
	"recurve/text"
)

// reader reads one file. Its errors do not name the file yet.
type reader struct {
	*archive              // nil where the file is HDF5 itself
	file     *weightsFile // nil where it is an archive, until the weights are read
	form     Form
	member   string // where the configuration stands, for errors
	opts     Options
	version  string // of the Keras that wrote the file; "" where it does not say
	narrowed bool   // a layer computed in another type than float32
}

func read(from io.ReaderAt, size int64, o Options) (*recurve.Model, error) {
	r := &reader{opts: o}
	if err := r.open(from, size); err != nil {
		return nil, err
	}
	b, training, err := r.configuration()
	if err != nil {
		return nil, err
	}
	c, err := r.readConfig(b)
	if err != nil {
		return nil, err
	}
	if r.form == Legacy {
		c.compile = training
	}
	m, err := r.model(c)
	if err != nil {
		return nil, err
	}
	if r.narrowed {
		r.note("layers that Keras computed in float16, bfloat16 or float64 are computed in float32 here")
	}
	return m, r.assets(m)
}

// note tells the caller what is not read as it is.
func (r *reader) note(format string, args ...any) {
	if r.opts.Note != nil {
		r.opts.Note(fmt.Sprintf(format, args...))
	}
}

// keras2 reports whether Keras 2 or 1 wrote the file.
func (r *reader) keras2() bool {
	return strings.HasPrefix(r.version, "2.") || strings.HasPrefix(r.version, "1.")
}

// configuration is the JSON that describes the model and, in a legacy file, how
// it is compiled.
func (r *reader) configuration() (config, training []byte, err error) {
	switch r.form {
	case Archive:
		config, err = r.archive.member(configMember, maxConfig)
	case Legacy:
		if config, err = r.jsonAttr(modelConfigAttr); err == nil && !r.opts.NoCompile {
			training, err = r.training()
		}
	default:
		err = &FormatError{Problem: "it holds weights alone, and does not say of what model: read them into a model (keras.LoadWeights, recurve convert --like MODEL)"}
	}
	return config, training, err
}

// jsonAttr is an attribute of an HDF5 file, of at most maxConfig bytes; nil where
// there is none.
func (r *reader) jsonAttr(name string) ([]byte, error) {
	s, err := textAttr(r.file.root, name)
	if len(s) > maxConfig {
		return nil, &FormatError{Member: name, Problem: fmt.Sprintf("it has %d bytes; the most that is read is %d", len(s), maxConfig)}
	}
	if s == "" {
		return nil, err
	}
	return []byte(s), err
}

// training is how the model is compiled, in the form of config.json's
// compile_config.
func (r *reader) training() (json.RawMessage, error) {
	b, err := r.jsonAttr(trainingConfigAttr)
	if err != nil || b == nil {
		return nil, err
	}
	if err := checkDepth(trainingConfigAttr, b); err != nil {
		return nil, err
	}
	var c map[string]json.RawMessage
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, &FormatError{Member: trainingConfigAttr, Problem: jsonProblem(err), Err: err}
	}
	if o, ok := c["optimizer_config"]; ok {
		c["optimizer"] = o
	}
	return json.Marshal(c)
}

// readVersion reads the version of Keras in metadata.json, which may be
// missing.
func (r *reader) readVersion() (string, error) {
	if r.members[metadataMember] == nil {
		return "", nil
	}
	b, err := r.archive.member(metadataMember, maxConfig)
	if err != nil {
		return "", err
	}
	var m metadata
	if err := json.Unmarshal(b, &m); err != nil {
		return "", &FormatError{Member: metadataMember, Problem: jsonProblem(err), Err: err}
	}
	return m.KerasVersion, nil
}

// model builds the model that the configuration describes, and fills it.
// Nothing is built before the weights' file is known to have weights of all the
// shapes that it takes.
func (r *reader) model(c *config) (*recurve.Model, error) {
	w, err := r.openWeights()
	if err != nil {
		return nil, err
	}
	t := newTree(0)
	for i, l := range c.layers {
		if in, ok := l.(layer.Input); ok {
			t.features = in.Shape[len(in.Shape)-1]
			ids := false
			if i+1 < len(c.layers) {
				_, ids = c.layers[i+1].(layer.Embedding)
			}
			switch {
			case len(in.Shape) == 2:
				t.steps = in.Shape[0]
			case !ids:
				t.steps = 1
			}
			continue
		}
		name := l.Label()
		if name == "" {
			name = layer.SnakeCase(l.ClassName())
		}
		t.add(name, l)
	}
	if err := w.check(t); err != nil {
		return nil, err
	}
	m, err := recurve.New(recurve.Options{Name: c.name, Threads: r.opts.Threads, NoInit: true}, c.layers...)
	if err != nil {
		return nil, &UnsupportedError{Where: "the chain of layers", Reason: err.Error()}
	}
	if err := w.load(m); err != nil {
		return nil, err
	}
	if r.opts.NoCompile {
		return m, nil
	}
	compiled, err := r.compile(m, c.compile)
	if err != nil || !compiled || m.Optimizer() == nil {
		return m, err
	}
	note, err := w.loadOptimizer(m)
	if note != "" {
		r.note("%s", note)
	}
	return m, err
}

// assets reads what Recurve itself keeps in an archive.
func (r *reader) assets(m *recurve.Model) error {
	if r.archive == nil {
		return nil
	}
	if r.members[textMember] != nil {
		b, err := r.archive.member(textMember, text.MaxJSONBytes)
		if err != nil {
			return err
		}
		p := new(text.Processor)
		if err := json.Unmarshal(b, p); err != nil {
			return &FormatError{Member: textMember, Problem: jsonProblem(err), Err: err}
		}
		m.SetText(p)
	}
	if r.members[originMember] != nil {
		b, err := r.archive.member(originMember, maxOrigin)
		if err != nil {
			return err
		}
		o, err := parseOrigin(b)
		if err != nil {
			return &FormatError{Member: originMember, Problem: jsonProblem(err), Err: err}
		}
		m.SetOrigin(o)
	}
	return nil
}
