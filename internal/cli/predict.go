package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"recurve"
	"recurve/dataset"
	"recurve/keras"
	"recurve/text"
)

// predictCmd is the command predict.
type predictCmd struct {
	Model   string   `arg:"" help:"The .keras file."`
	Texts   []string `arg:"" optional:"" name:"text" help:"Texts to judge; - reads them from standard input, one a line."`
	File    string   `placeholder:"FILE" help:"Read the texts from a file, one a line."`
	X       string   `placeholder:"X.npy" help:"Predict from an array in place of texts. ${x_help}"`
	Out     string   `placeholder:"P.npy" help:"Write the predictions from --x to a .npy file."`
	Threads int      `placeholder:"N" help:"Threads to work with (all processors)."`
	JSON    bool     `name:"json" help:"Print a JSON object a line: text, label, probability, class, words, known; or text and error. With --x, an array a sample."`
}

// Help implements kong's HelpProvider.
func (predictCmd) Help() string {
	return "Prints for each text its label and the probability of that label. Without TEXT and --file, texts are read from standard input, one a line. " +
		"A text that can't be judged gets a dash (with --json, an object with the error), and the exit code is 1.\n\n" +
		"With --x, the model's outputs for each sample of an array are printed, a line a sample (of steps, in brackets), or written to --out. " + arrayHelp
}

// judgement is the answer for one text.
type judgement struct {
	Text        string  `json:"text"`
	Label       string  `json:"label,omitempty"`
	Probability *number `json:"probability,omitempty"` // of the label
	Class       *int    `json:"class,omitempty"`
	Words       int     `json:"words,omitempty"`
	Known       int     `json:"known,omitempty"` // words that are in the vocabulary
	Error       string  `json:"error,omitempty"`
}

// Run implements the command.
func (c *predictCmd) Run(s *session) error {
	if err := (&runFlags{Threads: c.Threads}).check(); err != nil {
		return err
	}
	if c.X != "" || c.Out != "" {
		return c.arrays(s)
	}
	in, err := c.source(s)
	if err != nil {
		return err
	}
	defer in.close()
	j, err := newJudge(c.Model)
	if err != nil {
		return err
	}
	j.model.SetThreads(c.Threads)
	w := &judgementWriter{s: s, json: c.JSON, alone: len(c.Texts) == 1 && c.Texts[0] != "-", width: j.labelWidth()}
	for {
		items, err := in.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		answers, failed := j.judge(s, items)
		if failed != nil {
			return failed
		}
		if failed := w.write(items, answers); failed != nil {
			return failed
		}
		if err != nil {
			break
		}
	}
	return w.result()
}

// source is where the texts come from.
func (c *predictCmd) source(s *session) (*textSource, error) {
	dash := len(c.Texts) == 1 && c.Texts[0] == "-"
	switch {
	case c.File != "" && len(c.Texts) > 0:
		return nil, usagef("predict: texts are given and --file too; take one of them")
	case c.File != "":
		f, err := os.Open(c.File)
		if err != nil {
			return nil, err
		}
		return newTextSource(f, c.File), nil
	case dash || len(c.Texts) == 0 && !isTerminal(s.in):
		return newTextSource(&interruptible{ctx: s.ctx, r: s.in}, "standard input"), nil
	case len(c.Texts) == 0:
		return nil, usagef("predict: no text given; write it in quotation marks behind the model, or name a file with --file")
	}
	return givenTexts(c.Texts), nil
}

// judge asks a model.
type judge struct {
	path    string
	model   *recurve.Model
	text    *text.Processor
	reading reading
}

func newJudge(path string) (*judge, error) {
	m, err := keras.LoadWith(path, keras.Options{NoCompile: true})
	if err != nil {
		return nil, err
	}
	j := &judge{path: path, model: m}
	if j.reading, err = readingOf(m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if m.Text() == nil {
		return nil, fmt.Errorf("%s has no vocabulary, so it can't read texts: models trained by recurve train carry theirs", path)
	}
	p := *m.Text()
	if j.reading.maxLen > 0 {
		p.Pad.MaxLen = j.reading.maxLen
	}
	j.text = &p
	if p.Pad.MaxLen == 0 {
		return nil, fmt.Errorf("%s does not say how many words of a text it reads", path)
	}
	if p.Size() > j.reading.vocab {
		return nil, fmt.Errorf("%s: its vocabulary has %d ids, but the model knows %d", path, p.Size(), j.reading.vocab)
	}
	if err := binary(m); err != nil {
		return nil, fmt.Errorf("%s does not tell two labels apart: %w", path, err)
	}
	return j, nil
}

func (j *judge) labelWidth() int {
	return max(ansi.StringWidth(j.text.Label(0)), ansi.StringWidth(j.text.Label(1)))
}

// judge answers for each text, with a reason where there is no answer.
func (j *judge) judge(s *session, items []textItem) ([]judgement, error) {
	out := make([]judgement, len(items))
	var rows []int
	var texts []string
	for i, item := range items {
		c := j.text.Coverage(item.text)
		out[i] = judgement{Text: item.text, Words: c.Words, Known: c.Known}
		if out[i].Error = j.problem(item, c); out[i].Error == "" {
			rows, texts = append(rows, i), append(texts, item.text)
		}
	}
	if len(rows) == 0 {
		return out, nil
	}
	d, err := dataset.FromTexts(j.text, texts)
	if err != nil {
		return nil, err
	}
	if j.reading.oneHot {
		d = d.OneHot(j.reading.vocab)
	}
	p, err := j.model.Predict(s.ctx, d)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.path, err)
	}
	for k, i := range rows {
		class, probability := 0, 1-number(p[k][0])
		if p[k][0] > 0.5 {
			class, probability = 1, number(p[k][0])
		}
		out[i].Label, out[i].Class, out[i].Probability = j.text.Label(class), &class, &probability
	}
	return out, nil
}

// problem says why a text can't be judged; "" where it can.
func (j *judge) problem(item textItem, c text.Coverage) string {
	switch {
	case item.problem != "":
		return item.problem
	case strings.TrimSpace(item.text) == "":
		return "the text is empty: write some words"
	case c.Words == 0:
		return "the text has no words"
	case c.Known == 0:
		what := "none of its " + thousands(c.Words) + " words is"
		if c.Words == 1 {
			what = "its only word is not"
		}
		trained := ""
		if o := j.model.Origin(); o != nil && o.Data != "" {
			trained = " (" + o.Data + ")"
		}
		return fmt.Sprintf("%s among the %s that the model knows: it can only judge texts in the language and script it was trained on%s",
			what, thousands(j.text.Vocabulary.Len()), trained)
	}
	return ""
}

// judgementWriter prints answers as they come and counts those that are none.
type judgementWriter struct {
	s          *session
	json       bool
	alone      bool // there is one text, and the person has just written it
	width      int  // of a label
	all, wrong int
	first      string // what is wrong with the first text that can't be judged
}

func (w *judgementWriter) write(items []textItem, answers []judgement) error {
	e := w.s.encoder()
	for i, a := range answers {
		w.all++
		if a.Error != "" {
			if w.wrong++; w.wrong == 1 {
				w.first = a.Error
				if items[i].where != "" {
					w.first = items[i].where + ": " + a.Error
				}
			}
		}
		if w.json {
			if err := e.Encode(a); err != nil {
				return err
			}
			continue
		}
		w.line(a)
	}
	return w.s.out.failed
}

func (w *judgementWriter) line(a judgement) {
	o := w.s.out
	label, probability := "-", "-"
	if a.Error == "" {
		label, probability = a.Label, fmt.Sprintf("%.4f", float64(*a.Probability))
	}
	line := label + strings.Repeat(" ", max(w.width-ansi.StringWidth(label), 0)) + "  " + probability
	switch {
	case w.alone && a.Error != "":
		return // the error says it
	case !w.alone:
		shown := strings.Join(strings.Fields(ansi.Strip(a.Text)), " ")
		line = fmt.Sprintf("%-*s  %s", w.width+8, line, shown)
		if o.terminal {
			line = ansi.Truncate(line, o.width(), "…")
		}
	}
	fmt.Fprintln(o, strings.TrimRight(line, " "))
}

// result is an error where texts could not be judged.
func (w *judgementWriter) result() error {
	switch {
	case w.all == 0:
		return errors.New("predict: there are no texts to judge: the input is empty")
	case w.wrong == 0:
		return nil
	case w.all == 1:
		return fmt.Errorf("predict: %s", w.first)
	}
	return fmt.Errorf("predict: %s of %s can't be judged; the first is %s", thousands(w.wrong), plural(w.all, "text"), w.first)
}
