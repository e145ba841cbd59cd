package cli

import (
	"errors"
	"fmt"
	"strings"

	"recurve/keras"
)

// outlineJSON is what is in a file that is no model for Recurve, for programs.
type outlineJSON struct {
	File     string             `json:"file"`
	Form     string             `json:"form"`
	Keras    string             `json:"keras_version,omitempty"`
	Class    string             `json:"class,omitempty"`
	Name     string             `json:"name,omitempty"`
	Problem  string             `json:"problem,omitempty"` // why it cannot be read
	Layers   []outlineLayerJSON `json:"layers,omitempty"`
	Compile  map[string]string  `json:"compile,omitempty"`
	Weights  []outlineWeight    `json:"weights"`
	Elements int                `json:"values"` // of all weights
}

type outlineLayerJSON struct {
	Name      string            `json:"name"`
	Class     string            `json:"class"`
	Arguments map[string]string `json:"arguments"`
	Problem   string            `json:"problem,omitempty"`

	arguments string
}

type outlineWeight struct {
	Path  string `json:"path"`
	Shape []int  `json:"shape"`
	Type  string `json:"type"`
}

// outline tells what is in a file that Recurve cannot make a model of, because
// of the problem.
func (c *inspectCmd) outline(s *session, problem error) error {
	o, err := keras.Inspect(c.Model)
	if err != nil {
		return problem
	}
	var unsupported *keras.UnsupportedError
	if !errors.As(problem, &unsupported) && o.Form != keras.Weights {
		return problem
	}
	j := &outlineJSON{File: c.Model, Form: o.Form.String(), Keras: o.Keras, Class: o.Class, Name: o.Name, Weights: []outlineWeight{}}
	if o.Form != keras.Weights {
		j.Problem = problem.Error()
	}
	for _, l := range o.Layers {
		out := outlineLayerJSON{Name: l.Name, Class: l.Class, Arguments: map[string]string{}}
		var args []string
		for _, a := range l.Arguments {
			out.Arguments[a.Name] = a.Value
			if len(args) < 6 {
				args = append(args, a.Name+"="+a.Value)
			}
		}
		if out.arguments = strings.Join(args, ", "); len(l.Arguments) > len(args) {
			out.arguments += ", ..."
		}
		if l.Problem != nil {
			out.Problem = l.Problem.Error()
		}
		j.Layers = append(j.Layers, out)
	}
	if o.Optimizer != "" || o.Loss != "" {
		j.Compile = map[string]string{"optimizer": o.Optimizer, "loss": o.Loss, "metrics": o.Metrics}
	}
	for _, w := range o.Weights {
		j.Weights = append(j.Weights, outlineWeight{w.Path, w.Shape, w.Type})
		j.Elements += w.Values()
	}
	if c.JSON {
		return s.json(j)
	}
	j.print(s.out)
	return nil
}

func (j *outlineJSON) print(o *output) {
	what := "a whole model"
	switch j.Form {
	case keras.Weights.String():
		what = "weights alone: they need the model that they are of (recurve convert --like MODEL)"
	case keras.Legacy.String():
		what = "a whole model in one HDF5 file"
	}
	rows := [][2]string{{"file", j.File}, {"form", j.Form + ", " + what}}
	for _, r := range [][2]string{{"Keras", j.Keras}, {"class", j.Class}, {"name", j.Name}, {"not for Recurve", j.Problem}} {
		if r[1] != "" {
			rows = append(rows, r)
		}
	}
	o.facts(rows)
	if len(j.Layers) > 0 {
		o.heading("Layers")
		var table [][]string
		for _, l := range j.Layers {
			known := "yes"
			if l.Problem != "" {
				known = "no"
			}
			table = append(table, []string{l.Name, l.Class, l.arguments, known})
		}
		o.table(words("name", "class", "arguments", "Recurve reads it"), table)
		for _, l := range j.Layers {
			if l.Problem != "" {
				fmt.Fprintln(o, l.Problem)
			}
		}
	}
	if j.Compile != nil {
		o.heading("Compiled with")
		o.facts([][2]string{{"optimizer", j.Compile["optimizer"]}, {"loss", j.Compile["loss"]}, {"metrics", j.Compile["metrics"]}})
	}
	o.heading("Arrays")
	var table [][]string
	for _, w := range j.Weights {
		table = append(table, []string{w.Path, strings.Trim(strings.ReplaceAll(fmt.Sprint(w.Shape), " ", ", "), "[]"), w.Type})
	}
	o.table(words("path", "shape", "type"), table)
	fmt.Fprintf(o, "%s with %s\n", plural(len(j.Weights), "array"), plural(j.Elements, "value"))
}
