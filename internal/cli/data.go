package cli

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"recurve/dataset"
	"recurve/plot"
	"recurve/text"
)

// dataCmd is the command data.
type dataCmd struct {
	Data    string   `arg:"" optional:"" help:"imdb or mini, or the path of an imdb.npz. Without it: imdb, or mini where that can't be had."`
	Vocab   *int     `placeholder:"N" help:"How many word ids a model would know (500; mini: ${mini_vocab})."`
	MaxLen  *int     `name:"maxlen" placeholder:"N" help:"Words of a text that a model would read (100; mini: ${mini_maxlen})."`
	Split   *float64 `placeholder:"SHARE" help:"Share held out for validation (0.2)."`
	Seed    *uint32  `placeholder:"N" help:"Seed of the split (42)."`
	Samples int      `placeholder:"N" default:"3" help:"Reviews to show (3)."`
	Lengths string   `placeholder:"FILE" help:"Draw the lengths of the training reviews to this .png or .svg file."`
	JSON    bool     `name:"json" help:"Print as JSON."`
}

// dataJSON is what data says, for programs.
type dataJSON struct {
	Data        string       `json:"data"`
	Source      string       `json:"source"`
	Train       int          `json:"train"`
	Validation  int          `json:"validation"`
	Test        int          `json:"test"`
	Labels      []labelJSON  `json:"labels"` // of all training reviews
	FirstLabels []int        `json:"first_labels"`
	FirstLength int          `json:"first_length"` // tokens of the first training review
	Lengths     lengthsJSON  `json:"lengths"`      // after the split
	Words       int          `json:"words"`        // in the whole vocabulary
	Vocab       int          `json:"vocab"`
	Covered     number       `json:"covered"` // share of the training tokens that are within vocab
	Padded      []int        `json:"padded_shape"`
	Samples     []sampleJSON `json:"samples"`
}

type labelJSON struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

type lengthsJSON struct {
	Mean   number   `json:"mean"`
	Median number   `json:"median"`
	Min    int      `json:"min"`
	Max    int      `json:"max"`
	Edges  []number `json:"histogram_edges"`
	Counts []int    `json:"histogram_counts"`
}

type sampleJSON struct {
	Label  string `json:"label"`
	Length int    `json:"length"`
	Text   string `json:"text"`
}

// Run implements the command.
func (c *dataCmd) Run(s *session) error {
	return s.withData(c.Data, func(name, path string) error {
		st := defaults(name)
		f := flags{Vocab: c.Vocab, MaxLen: c.MaxLen, Split: c.Split, Seed: c.Seed}
		f.apply(&st)
		if err := st.check(); err != nil {
			return err
		}
		if c.Samples < 0 {
			return usagef("--samples %d: expected 0 or more", c.Samples)
		}
		data, err := s.open(name, path, 0, whole)
		if err != nil {
			return err
		}
		return c.show(s, st, data)
	})
}

func (c *dataCmd) show(s *session, st settings, data *corpus) error {
	train, val := data.train.Split(st.Split, st.Seed)
	padded := train.Pad(st.MaxLen)
	if err := padded.Check(); err != nil {
		return err
	}
	l := train.Lengths()
	j := dataJSON{Data: data.name, Source: data.where, Train: train.Len(), Validation: val.Len(), Test: data.test.Len(),
		FirstLength: len(data.train.X[0]), Words: data.text.Vocabulary.Len(), Vocab: st.Vocab,
		Covered: number(covered(train, st.Vocab, data.text)), Padded: []int{padded.N, padded.Steps},
		Lengths: lengthsJSON{Mean: number(l.Mean()), Median: number(l.Median()), Min: l.Min(), Max: l.Max()}}
	for class, n := range countLabels(data.train) {
		j.Labels = append(j.Labels, labelJSON{data.text.Label(class), n})
	}
	for _, y := range data.train.Y[:min(20, len(data.train.Y))] {
		j.FirstLabels = append(j.FirstLabels, int(y))
	}
	for i := range min(c.Samples, data.train.Len()) {
		j.Samples = append(j.Samples, sampleJSON{Label: data.text.Label(int(data.train.Y[i])), Length: len(data.train.X[i]),
			Text: data.text.Decode(data.train.X[i])})
	}
	bins := lengthBins(l)
	for i, n := range bins.Counts {
		j.Lengths.Edges = append(j.Lengths.Edges, number(bins.Edges[i]))
		j.Lengths.Counts = append(j.Lengths.Counts, n)
	}
	j.Lengths.Edges = append(j.Lengths.Edges, number(bins.Edges[len(bins.Counts)]))
	if c.Lengths != "" {
		picture := plot.LengthCounts{Title: data.name + ": lengths of the training reviews", Lengths: l, MaxLen: st.MaxLen}
		if err := plot.Lengths(c.Lengths, picture); err != nil {
			return err
		}
	}
	if c.JSON {
		return s.json(j)
	}
	j.print(s.out)
	if len(j.Samples) > 0 && s.out.styles() {
		fmt.Fprintln(s.out, "\n"+faint().Render(fmt.Sprintf("Faint words are not among the first %s ids.", thousands(st.Vocab))))
	}
	for i := range j.Samples {
		printReview(s.out, data, i, st.Vocab)
	}
	return nil
}

// countLabels counts the samples of each class.
func countLabels(d *dataset.Sequences) []int {
	var out []int
	for _, y := range d.Y {
		for int(y) >= len(out) {
			out = append(out, 0)
		}
		out[int(y)]++
	}
	return out
}

// covered is the share of tokens whose id is below vocab; the start of a review
// is none.
func covered(d *dataset.Sequences, vocab int, p *text.Processor) float64 {
	known, all := 0, 0
	for _, x := range d.X {
		for _, id := range x {
			if id == p.StartID {
				continue
			}
			all++
			if int(id) < vocab && id != p.OOVID {
				known++
			}
		}
	}
	return float64(known) / float64(max(all, 1))
}

// print writes the facts and the histogram.
func (j *dataJSON) print(o *output) {
	var labels, first []string
	for _, l := range j.Labels {
		labels = append(labels, thousands(l.Count)+" "+l.Name)
	}
	for _, y := range j.FirstLabels {
		first = append(first, fmt.Sprint(y))
	}
	o.facts([][2]string{
		{"data", j.Data},
		{"found", j.Source},
		{"reviews", fmt.Sprintf("%s to train on, %s to validate with, %s to test with", thousands(j.Train), thousands(j.Validation), thousands(j.Test))},
		{"labels", strings.Join(labels, ", ")},
		{"first labels", strings.Join(first, " ")},
		{"first review", plural(j.FirstLength, "token")},
		{"lengths", fmt.Sprintf("mean %.8g, median %.1f, longest %s (of the %s to train on)",
			float64(j.Lengths.Mean), float64(j.Lengths.Median), thousands(j.Lengths.Max), thousands(j.Train))},
		{"vocabulary", fmt.Sprintf("%s; the first %s ids stand for %.1f%% of what is written",
			plural(j.Words, "word"), thousands(j.Vocab), 100*float64(j.Covered))},
		{"padded shape", fmt.Sprintf("(%d, %d)", j.Padded[0], j.Padded[1])},
	})
	o.heading("Lengths in tokens")
	j.Lengths.print(o)
}

// lengthBins counts lengths in steps that are round numbers; the long tail is
// one bin.
func lengthBins(l dataset.Lengths) dataset.Histogram {
	sorted := slices.Sorted(slices.Values(l))
	p98 := sorted[len(sorted)*98/100]
	width := 1
	for i := 0; p98/width > 12; i++ {
		width = width * []int{2, 5, 4}[i%3] / []int{1, 2, 2}[i%3] // 1 2 5 10 20 50
	}
	h := dataset.Histogram{}
	for edge := sorted[0] / width * width; edge <= p98; edge += width {
		h.Edges, h.Counts = append(h.Edges, float64(edge)), append(h.Counts, 0)
	}
	last := len(h.Counts) - 1
	h.Edges = append(h.Edges, float64(max(sorted[len(sorted)-1]+1, int(h.Edges[last])+width)))
	for _, n := range sorted {
		h.Counts[min((n-int(h.Edges[0]))/width, last)]++
	}
	return h
}

// print draws the histogram sideways.
func (l *lengthsJSON) print(o *output) {
	most := slices.Max(l.Counts)
	name := func(i int) string {
		if i == len(l.Counts)-1 {
			return fmt.Sprintf("%v or more", float64(l.Edges[i]))
		}
		return fmt.Sprintf("%v to %v", float64(l.Edges[i]), float64(l.Edges[i+1]-1))
	}
	left, right := 0, len(thousands(most))
	for i := range l.Counts {
		left = max(left, len(name(i)))
	}
	room := max(min(o.width(), plainWidth)-left-right-4, 10)
	for i, n := range l.Counts {
		bar := eighths(n, most, room)
		fmt.Fprintf(o, "%*s  %s  %s\n", left, name(i), bar+strings.Repeat(" ", room-lipgloss.Width(bar)), fmt.Sprintf("%*s", right, thousands(n)))
	}
}

// eighths is a bar as long as n's share of most in room cells, to an eighth of
// a cell.
func eighths(n, most, room int) string {
	cells := (8*n*room + most/2) / most
	bar := strings.Repeat("█", cells/8)
	if rest := cells % 8; rest > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return bar
}

// printReview writes the beginning of a review, with those words faint that a
// model would not know.
func printReview(o *output, data *corpus, i, vocab int) {
	const lines = 4
	x := data.train.X[i]
	o.heading(fmt.Sprintf("Review %d: %s, %s", i+1, data.text.Label(int(data.train.Y[i])), plural(len(x), "token")))
	var b strings.Builder
	room := lines * min(o.width(), 100)
	for k, id := range x {
		w := data.text.Decode([]int32{id})
		if k == 0 && id == data.text.StartID {
			continue
		}
		if room -= lipgloss.Width(w) + 1; room < 4 {
			b.WriteString(" …")
			break
		}
		if int(id) >= vocab {
			w = faint().Render(w)
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	fmt.Fprintln(o, lipgloss.Wrap(b.String(), min(o.width(), 100), ""))
}
