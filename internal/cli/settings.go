package cli

import (
	"fmt"
	"math"
	"reflect"
	"strings"

	"recurve/optimizer"
)

// settings are the choices that a run's result follows from. They lie in the
// run's folder as settings.json, so that the run can be taken up again.
type settings struct {
	Data         string  `json:"data"`
	Path         string  `json:"path,omitempty"` // of the data, where it was given
	Model        string  `json:"model"`
	Units        int     `json:"units,omitempty"` // 0: the model's own
	Embedding    int     `json:"embedding,omitempty"`
	Vocab        int     `json:"vocab"`
	MaxLen       int     `json:"maxlen"`
	Optimizer    string  `json:"optimizer"`
	LearningRate float64 `json:"learning_rate"`
	BatchSize    int     `json:"batch_size"`
	Epochs       int     `json:"epochs"`
	Patience     int     `json:"patience"`
	Split        float64 `json:"split"`
	Seed         uint32  `json:"seed"`
}

// defaults are the settings for a data set where no flag says otherwise: those
// of the text-book for IMDB, and for the small corpus what lets it learn.
func defaults(data string) settings {
	d := settings{Data: data, Model: "lstm", Units: 8, Embedding: 16, Vocab: 500, MaxLen: 100,
		Optimizer: "rmsprop", LearningRate: 1e-4, BatchSize: 64, Epochs: 100, Patience: 3, Split: 0.2, Seed: 42}
	if data == miniName {
		d.Vocab, d.MaxLen, d.LearningRate, d.BatchSize, d.Epochs = 1000, 60, 3e-3, 16, 30
	}
	return d
}

// flags are the settings' flags. One that was not given is nil.
type flags struct {
	Units        *int     `placeholder:"N" help:"Units of the recurrent layer (8)."`
	Embedding    *int     `placeholder:"N" help:"Length of the word vectors (16); onehot has none."`
	Vocab        *int     `placeholder:"N" help:"How many word ids the model knows (500; mini: ${mini_vocab})."`
	MaxLen       *int     `name:"maxlen" placeholder:"N" help:"Words of a text that are read, its last ones (100; mini: ${mini_maxlen})."`
	Optimizer    *string  `placeholder:"NAME" help:"As Keras names it, such as rmsprop, sgd, adam, adamw or nadam (rmsprop)."`
	LearningRate *float64 `placeholder:"RATE" help:"Step size of the optimizer (0.0001; mini: ${mini_rate})."`
	BatchSize    *int     `placeholder:"N" help:"Texts between two moves of the weights (64; mini: ${mini_batch})."`
	Epochs       *int     `placeholder:"N" help:"Epochs at most (100; mini: ${mini_epochs})."`
	Patience     *int     `placeholder:"N" help:"Epochs without a better validation loss before stopping (3)."`
	Split        *float64 `placeholder:"SHARE" help:"Share of the training texts held out for validation (0.2)."`
	Seed         *uint32  `placeholder:"N" help:"Seed of the split, the first weights and the order of texts (42)."`
}

// flagVars are the defaults that the flags' help texts name.
func flagVars() map[string]string {
	m := defaults(miniName)
	return map[string]string{
		"mini_vocab": fmt.Sprint(m.Vocab), "mini_maxlen": fmt.Sprint(m.MaxLen), "mini_rate": fmt.Sprint(m.LearningRate),
		"mini_batch":  fmt.Sprint(m.BatchSize),
		"mini_epochs": fmt.Sprint(m.Epochs), "x_help": xHelp, "y_help": yHelp,
	}
}

// apply writes the flags that were given over st.
func (f *flags) apply(st *settings) {
	given := reflect.ValueOf(f).Elem()
	to := reflect.ValueOf(st).Elem()
	for i := range given.NumField() {
		if v := given.Field(i); !v.IsNil() {
			to.FieldByName(given.Type().Field(i).Name).Set(v.Elem())
		}
	}
}

// setting is one of the settings, under the name of its flag.
type setting struct {
	name  string
	value any
}

func (st settings) list() []setting {
	var out []setting
	v := reflect.ValueOf(st)
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		out = append(out, setting{"--" + strings.ReplaceAll(name, "_", "-"), v.Field(i).Interface()})
	}
	return out
}

// differences are the settings in which other is not st, "--units 16 (not 8)".
func (st settings) differences(other settings) []string {
	var out []string
	mine := st.list()
	for i, o := range other.list() {
		if o.value != mine[i].value {
			out = append(out, fmt.Sprintf("%s %v (not %v)", o.name, o.value, mine[i].value))
		}
	}
	return out
}

// shape are the flags given that say what a model is made of.
func (f *flags) shape() []string {
	var out []string
	for _, s := range []struct {
		name  string
		given *int
	}{{"--units", f.Units}, {"--embedding", f.Embedding}, {"--vocab", f.Vocab}} {
		if s.given != nil {
			out = append(out, s.name)
		}
	}
	return out
}

// leastVocab has room for one word behind the ids that texts keep for padding,
// start, unknown words and, as Keras' data, one that is not used.
const leastVocab = 5

// Upper bounds that keep a slip of the finger from asking for all memory.
const (
	mostUnits = 1 << 14
	mostSteps = 1 << 16
	mostVocab = 1 << 22
)

// check names the first setting that makes no sense.
func (st settings) check() error {
	own := isModelFile(st.Model) // its shape is the file's
	for _, f := range []struct {
		name        string
		v           int
		least, most int
	}{
		{"units", st.Units, 1, mostUnits},
		{"embedding", st.Embedding, 1, mostUnits},
		{"vocab", st.Vocab, leastVocab, mostVocab},
		{"maxlen", st.MaxLen, 1, mostSteps},
		{"batch-size", st.BatchSize, 1, math.MaxInt32},
		{"epochs", st.Epochs, 1, math.MaxInt32},
		{"patience", st.Patience, 0, math.MaxInt32},
	} {
		switch {
		case f.v == 0 && own: // as it is in the file
		case f.v < f.least && f.name == "vocab":
			return usagef("--vocab %d: expected %d or more: ids 0 to 3 stand for padding, start, unknown words and nothing", f.v, f.least)
		case f.v < f.least:
			return usagef("--%s %d: expected %d or more", f.name, f.v, f.least)
		case f.v > f.most:
			return usagef("--%s %d: expected %d or less", f.name, f.v, f.most)
		}
	}
	switch {
	case !(st.LearningRate > 0) || math.IsInf(st.LearningRate, 0):
		return usagef("--learning-rate %v: expected a number above 0, such as 0.0001", st.LearningRate)
	case float32(st.LearningRate) == 0 || math.IsInf(float64(float32(st.LearningRate)), 0):
		return usagef("--learning-rate %v: expected a number that float32 can hold, such as 0.0001", st.LearningRate)
	case !(st.Split > 0 && st.Split < 1):
		return usagef("--split %v: expected a share above 0 and below 1, such as 0.2", st.Split)
	}
	_, err := st.optimizer()
	return err
}

// optimizer is the one of that name.
func (st settings) optimizer() (optimizer.Optimizer, error) {
	switch st.Optimizer {
	case "rmsprop":
		return optimizer.RMSprop{LearningRate: st.LearningRate}, nil
	case "sgd":
		return optimizer.SGD{LearningRate: st.LearningRate}, nil
	case "adam":
		return optimizer.Adam{LearningRate: st.LearningRate}, nil
	case "adamw":
		return optimizer.AdamW{LearningRate: st.LearningRate}, nil
	case "adagrad":
		return optimizer.Adagrad{LearningRate: st.LearningRate}, nil
	case "adadelta":
		return optimizer.Adadelta{LearningRate: st.LearningRate}, nil
	case "adamax":
		return optimizer.Adamax{LearningRate: st.LearningRate}, nil
	case "nadam":
		return optimizer.Nadam{LearningRate: st.LearningRate}, nil
	case "lion":
		return optimizer.Lion{LearningRate: st.LearningRate}, nil
	case "ftrl":
		return optimizer.Ftrl{LearningRate: st.LearningRate}, nil
	}
	return nil, usagef("--optimizer %s: expected %s", st.Optimizer,
		orList("rmsprop", "sgd", "adam", "adamw", "adagrad", "adadelta", "adamax", "nadam", "lion", "ftrl"))
}

// orList is "a, b or c".
func orList(names ...string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
