package keras

import (
	"encoding/json"
	"io"

	"recurve"
	"recurve/layer"
	"recurve/text"
)

// reader reads one file. Its errors do not name the file yet.
type reader struct {
	*archive
	opts    Options
	version string // of the Keras that wrote the file; "" where it does not say
}

func read(r io.ReaderAt, size int64, o Options) (*recurve.Model, error) {
	a, err := openArchive(r, size)
	if err != nil {
		return nil, err
	}
	f := &reader{archive: a, opts: o}
	if f.version, err = f.readVersion(); err != nil {
		return nil, err
	}
	b, err := f.member(configMember, maxConfig)
	if err != nil {
		return nil, err
	}
	c, err := f.readConfig(b)
	if err != nil {
		return nil, err
	}
	m, err := f.model(c)
	if err != nil {
		return nil, err
	}
	return m, f.assets(m)
}

// readVersion reads the version of Keras in metadata.json, which may be
// missing.
func (r *reader) readVersion() (string, error) {
	if r.members[metadataMember] == nil {
		return "", nil
	}
	b, err := r.member(metadataMember, maxConfig)
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
	if err := w.load(t, m.Params()); err != nil {
		return nil, err
	}
	if r.opts.NoCompile {
		return m, nil
	}
	compiled, err := r.compile(m, c.compile)
	if err != nil || !compiled {
		return m, err
	}
	return m, w.loadOptimizer(m.Optimizer())
}

// assets reads what Recurve itself keeps in the file.
func (r *reader) assets(m *recurve.Model) error {
	if r.members[textMember] != nil {
		b, err := r.member(textMember, text.MaxJSONBytes)
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
		b, err := r.member(originMember, maxOrigin)
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
