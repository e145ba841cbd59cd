package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recurve/internal/numpy"
)

// answer is what the worker says, of whatever kind.
type answer struct {
	Ready    bool               `json:"ready"`
	Versions map[string]string  `json:"versions"`
	Seconds  float64            `json:"seconds"`
	Logs     map[string]float64 `json:"logs"`
	Data     string             `json:"data"`
}

// talk runs a command that is given so many turns, and returns its answers.
func talk(t *testing.T, rounds int, args ...string) ([]answer, error) {
	t.Helper()
	var out strings.Builder
	failed := run(args, strings.NewReader(strings.Repeat("go\n", rounds)), &out)
	var answers []answer
	for d := json.NewDecoder(strings.NewReader(out.String())); ; {
		var a answer
		err := d.Decode(&a)
		if errors.Is(err, io.EOF) {
			return answers, failed
		}
		if err != nil {
			t.Fatalf("%v in %q", err, out.String())
		}
		answers = append(answers, a)
	}
}

// smallRow is a row that a test can do, with the changes made to it, on data
// whose label is whether the first word is 1.
func smallRow(t *testing.T, change func(*row)) string {
	t.Helper()
	dir := t.TempDir()
	r := row{Cell: "lstm", Units: 3, Vocabulary: 10, Embedding: 4, Steps: 5, Batch: 8, Train: 64, Validation: 16, LearningRate: 0.05,
		X: filepath.Join(dir, "x.npy"), Y: filepath.Join(dir, "y.npy")}
	const n = 80
	ids, labels := make([]int32, n*r.Steps), make([]float32, n)
	for i := range ids {
		ids[i] = int32(i * 7 % 10)
	}
	for i := range labels {
		ids[i*r.Steps] = int32(i % 2)
		labels[i] = float32(i % 2)
	}
	x, err := numpy.NewArray([]int{n, r.Steps}, ids)
	if err != nil {
		t.Fatal(err)
	}
	y, err := numpy.NewArray([]int{n}, labels)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(numpy.WriteNPYFile(r.X, x), numpy.WriteNPYFile(r.Y, y)); err != nil {
		t.Fatal(err)
	}
	change(&r)
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "row.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRounds(t *testing.T) {
	for name, change := range map[string]func(*row){
		"lstm":    func(*row) {},
		"gru":     func(r *row) { r.Cell = "gru" },
		"rnn":     func(r *row) { r.Cell = "rnn" },
		"one-hot": func(r *row) { r.Cell, r.OneHot = "rnn", true },
		"steps":   func(r *row) { r.Validation = 0 },
		"predict": func(r *row) { r.Predict = 3 },
	} {
		t.Run(name, func(t *testing.T) {
			const rounds = 30
			var r row
			answers, err := talk(t, rounds, "run", smallRow(t, func(s *row) { change(s); r = *s }))
			if err != nil || len(answers) != rounds+1 {
				t.Fatalf("%d answers, %v; want %d", len(answers), err, rounds+1)
			}
			if first := answers[0]; !first.Ready || first.Versions["kernels"] == "" {
				t.Errorf("the first answer is %+v", first)
			}
			first, last := answers[1], answers[rounds]
			if last.Seconds <= 0 {
				t.Errorf("a round took %v s", last.Seconds)
			}
			if r.Predict == 0 && last.Logs["loss"] > first.Logs["loss"]/2 {
				t.Errorf("loss %v in the first round, %v in the last: nothing was learnt", first.Logs["loss"], last.Logs["loss"])
			}
			if _, validated := last.Logs["val_loss"]; validated != (r.Predict == 0 && r.Validation > 0) {
				t.Errorf("validated: %v", validated)
			}
		})
	}
}

func TestProfile(t *testing.T) {
	profile := filepath.Join(t.TempDir(), "cpu.pprof")
	if _, err := talk(t, 2, "run", smallRow(t, func(*row) {}), profile); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(profile)
	if err != nil || len(b) < 2 || b[0] != 0x1f || b[1] != 0x8b { // gzip
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

func TestData(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", dir)
	t.Chdir(dir)
	for _, c := range []struct{ folder, want string }{{"", "random ids"}, {os.Getenv("RECURVE_DATA"), "IMDB"}} {
		if c.folder == "" && c.want == "IMDB" {
			t.Log("RECURVE_DATA is not set: the real reviews are not tried")
			continue
		}
		t.Setenv("RECURVE_DATA", c.folder)
		answers, err := talk(t, 0, "data", dir, "500x100x25000", "50x7x20")
		if err != nil || len(answers) != 1 || answers[0].Data != c.want {
			t.Fatalf("%+v, %v; want data from %s", answers, err, c.want)
		}
		x, err := numpy.ReadNPYFile(filepath.Join(dir, "x-50x7x20.npy"))
		if err != nil || x.Shape[0] != 20 || x.Shape[1] != 7 {
			t.Fatalf("%v, %v", x, err)
		}
		ids, err := x.Int32s()
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if id < 0 || id >= 50 {
				t.Fatalf("id %d of 50", id)
			}
		}
	}
}

func TestMistakes(t *testing.T) {
	for want, args := range map[string][]string{
		"wrong usage: ":                 {},
		"no such file":                  {"run", filepath.Join(t.TempDir(), "none.json")},
		`cell "mlp": want rnn, lstm`:    {"run", smallRow(t, func(r *row) { r.Cell = "mlp" })},
		"80 samples: want 100":          {"run", smallRow(t, func(r *row) { r.Train, r.Validation = 60, 40 })},
		`shape "500": want VOCABULARYx`: {"data", t.TempDir(), "500"},
	} {
		if _, err := talk(t, 1, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", args, err, want)
		}
	}
}
