package callback

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"recurve"
	"recurve/activation"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
)

// The fixtures in testdata were made by tools/oracle/callbacks.py: real Keras'
// callbacks, shown the same logs.

// number is a float64 that JSON may spell "NaN" or "Infinity".
type number float64

func (n *number) UnmarshalJSON(b []byte) error {
	switch s := strings.Trim(string(b), `"`); s {
	case "NaN":
		*n = number(math.NaN())
	case "Infinity", "-Infinity":
		sign := 1
		if s[0] == '-' {
			sign = -1
		}
		*n = number(math.Inf(sign))
	default:
		return json.Unmarshal(b, (*float64)(n))
	}
	return nil
}

type fixture struct {
	Name, Callback string
	Config         struct {
		Monitor, Mode, Filepath, Separator string
		Verbose, Patience                  int
		MinDelta                           float64 `json:"min_delta"`
		Baseline                           *float64
		Threshold                          *float64 `json:"initial_value_threshold"`
		Restore                            bool     `json:"restore_best_weights"`
		StartFromEpoch                     int      `json:"start_from_epoch"`
		SaveBestOnly                       bool     `json:"save_best_only"`
		Append                             bool
	}
	Fits [][]map[string]number
	Did  []struct {
		Epochs         int
		Stopped        bool
		WeightsOfEpoch int `json:"weights_of_epoch"`
		Saved          []struct {
			Epoch int
			Path  string
		}
		Error string
	}
	Printed  string
	Warnings []string
	Before   *string // what the file holds already
	File     string
}

func fixtures(t *testing.T, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

func testModel(t *testing.T) *recurve.Model {
	t.Helper()
	m, err := recurve.Sequential(layer.Input{Shape: []int{2}}, layer.Dense{Units: 1, Activation: activation.Sigmoid})
	if err != nil {
		t.Fatal(err)
	}
	err = m.Compile(recurve.CompileOptions{Optimizer: optimizer.SGD{}, Loss: loss.BinaryCrossentropy{}, Metrics: []metric.Metric{metric.Accuracy{}}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func setAll(t *testing.T, m *recurve.Model, v float32) {
	t.Helper()
	if err := m.SetWeights([][]float32{{v, v}, {v}}); err != nil {
		t.Fatal(err)
	}
}

func (f fixture) mode() Mode {
	return map[string]Mode{"": Auto, "auto": Auto, "min": Min, "max": Max}[f.Config.Mode]
}

func (f fixture) build(log *bytes.Buffer) recurve.Callback {
	c := f.Config
	if f.Callback == "ModelCheckpoint" {
		m := &ModelCheckpoint{Path: c.Filepath, Monitor: c.Monitor, SaveBestOnly: c.SaveBestOnly, Mode: f.mode(), InitialValueThreshold: c.Threshold}
		if c.Verbose > 0 {
			m.Log = log
		}
		return m
	}
	e := &EarlyStopping{Monitor: c.Monitor, MinDelta: c.MinDelta, Patience: c.Patience, Mode: f.mode(), Baseline: c.Baseline,
		RestoreBestWeights: c.Restore, StartFromEpoch: c.StartFromEpoch}
	if c.Verbose > 0 {
		e.Log = log
	}
	return e
}

// run shows a callback one fit's logs, as Fit would. Each epoch's weights are
// its number.
func run(t *testing.T, c recurve.Callback, m *recurve.Model, epochs []map[string]number, each func(epoch int)) (done int, stopped bool, err error) {
	t.Helper()
	tr := &recurve.Training{Model: m, History: &recurve.History{}, Epochs: len(epochs), StepsPerEpoch: 1, Validation: true}
	if err := c.OnTrainBegin(tr); err != nil {
		return 0, false, err
	}
	for i, e := range epochs {
		setAll(t, m, float32(i+1))
		logs := recurve.Logs{}
		for k, v := range e {
			logs[k] = float64(v)
		}
		if err := c.OnEpochBegin(tr, i); err != nil {
			t.Fatal(err)
		}
		if err := c.OnEpochEnd(tr, i, logs); err != nil {
			return done, false, err
		}
		done++
		if each != nil {
			each(i + 1)
		}
		if tr.Stopped() {
			break
		}
	}
	return done, tr.Stopped(), c.OnTrainEnd(tr)
}

func TestLikeKeras(t *testing.T) {
	var file struct{ Cases []fixture }
	fixtures(t, "callbacks.json", &file)
	if len(file.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, f := range file.Cases {
		t.Run(f.Callback+"/"+f.Name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			var log bytes.Buffer
			c, m := f.build(&log), testModel(t)
			for i, epochs := range f.Fits {
				want := f.Did[i]
				type saved struct {
					epoch int
					path  string
				}
				var saves, wantSaves []saved
				for _, s := range want.Saved {
					wantSaves = append(wantSaves, saved{s.Epoch, s.Path})
				}
				done, stopped, err := run(t, c, m, epochs, func(epoch int) {
					for _, pattern := range []string{"*.keras", "*/*.keras"} {
						paths, _ := filepath.Glob(pattern)
						for _, p := range paths {
							saves = append(saves, saved{epoch, p})
							if err := os.Remove(p); err != nil {
								t.Fatal(err)
							}
						}
					}
				})
				if want.Error != "" {
					if err == nil {
						t.Errorf("no error; Keras says %s", want.Error)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if done != want.Epochs || stopped != want.Stopped {
					t.Errorf("fit %d: %d epochs, stopped %v; want %d, %v", i, done, stopped, want.Epochs, want.Stopped)
				}
				if got := int(m.Weights()[0][0]); got != want.WeightsOfEpoch {
					t.Errorf("fit %d: weights of epoch %d, want %d", i, got, want.WeightsOfEpoch)
				}
				if !slices.Equal(saves, wantSaves) {
					t.Errorf("fit %d: saved %v, want %v", i, saves, wantSaves)
				}
			}
			printed := log.String()
			for _, w := range f.Warnings {
				if f.Config.Verbose > 0 && !strings.Contains(printed, w) {
					t.Errorf("no warning %q in %q", w, printed)
				}
				printed = strings.ReplaceAll(printed, w+"\n", "")
			}
			if printed != f.Printed {
				t.Errorf("printed %q, want %q", printed, f.Printed)
			}
		})
	}
}

func TestTerminateOnNaN(t *testing.T) {
	var file struct {
		Cases []struct {
			Losses  []number
			Batches int
			Stopped bool
			Printed string
		} `json:"terminate_on_nan"`
	}
	fixtures(t, "callbacks.json", &file)
	for _, f := range file.Cases {
		var log bytes.Buffer
		c := &TerminateOnNaN{Log: &log}
		tr := &recurve.Training{Model: testModel(t), History: &recurve.History{}}
		batches := 0
		for i, l := range f.Losses {
			batches++
			if err := c.OnTrainBatchEnd(tr, i, recurve.Logs{"loss": float64(l)}); err != nil {
				t.Fatal(err)
			}
			if tr.Stopped() {
				break
			}
		}
		if batches != f.Batches || tr.Stopped() != f.Stopped || log.String() != f.Printed {
			t.Errorf("%v: %d batches, stopped %v, printed %q; want %d, %v, %q", f.Losses, batches, tr.Stopped(), log.String(), f.Batches, f.Stopped, f.Printed)
		}
	}
}

func TestCSVLogger(t *testing.T) {
	var file struct{ Cases []fixture }
	fixtures(t, "csv.json", &file)
	for _, f := range file.Cases {
		t.Run(f.Name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log.csv")
			if f.Before != nil {
				if err := os.WriteFile(path, []byte(*f.Before), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			c := &CSVLogger{Path: path, Separator: f.Config.Separator, Append: f.Config.Append}
			for _, epochs := range f.Fits {
				if _, _, err := run(t, c, testModel(t), epochs, nil); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != f.File {
				t.Errorf("got\n%q, want\n%q", got, f.File)
			}
		})
	}
}

// TestResume: callbacks that are shown a history go on as if they had seen its
// epochs.
func TestResume(t *testing.T) {
	values := []float64{0.9, 0.7, 0.8, 0.75, 0.65, 0.7, 0.71, 0.72, 0.6}
	for cut := range len(values) {
		m := testModel(t)
		past := &recurve.History{}
		for i, v := range values[:cut] {
			past.Epochs = append(past.Epochs, recurve.Epoch{Number: i, Logs: recurve.Logs{"val_loss": v}})
		}
		best := [][]float32{{99, 99}, {99}}
		c := &EarlyStopping{Patience: 3, RestoreBestWeights: true, BestWeights: best}
		tr := &recurve.Training{Model: m, History: past, Epochs: 20, InitialEpoch: cut, Validation: true}
		if err := c.OnTrainBegin(tr); err != nil {
			t.Fatal(err)
		}
		last := cut - 1
		for i := cut; i < len(values) && !tr.Stopped(); i++ {
			setAll(t, m, float32(i))
			if err := c.OnEpochEnd(tr, i, recurve.Logs{"val_loss": values[i]}); err != nil {
				t.Fatal(err)
			}
			last = i
		}
		if err := c.OnTrainEnd(tr); err != nil {
			t.Fatal(err)
		}
		if cut <= 8 && (last != 7 || c.BestEpoch != 4) {
			t.Errorf("taken up at epoch %d: stopped after epoch %d, best %d; want 7 and 4", cut, last, c.BestEpoch)
		}
		want := float32(4)
		if cut > 4 {
			want = 99
		}
		if got := m.Weights()[0][0]; got != want {
			t.Errorf("taken up at epoch %d: restored weights %v, want %v", cut, got, want)
		}
	}
}

func TestBadArguments(t *testing.T) {
	tr := &recurve.Training{Model: testModel(t), History: &recurve.History{}, Validation: true}
	for name, c := range map[string]recurve.Callback{
		"negative patience":  &EarlyStopping{Patience: -1},
		"unknown monitor":    &EarlyStopping{Monitor: "f1"},
		"not .keras":         &ModelCheckpoint{Path: "model.h5"},
		"negative frequency": &ModelCheckpoint{Path: "m.keras", SaveFreq: -1},
		"missing folder":     &CSVLogger{Path: filepath.Join(t.TempDir(), "no", "such.csv")},
	} {
		if err := c.OnTrainBegin(tr); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for _, path := range []string{"{nothing}.keras", "{epoch:.2f}.keras", "{loss:d}.keras", "{epoch:x}.keras"} {
		c := &ModelCheckpoint{Path: filepath.Join(t.TempDir(), path)}
		if err := c.OnTrainBegin(tr); err != nil {
			t.Fatal(err)
		}
		if err := c.OnEpochEnd(tr, 0, recurve.Logs{"loss": 1}); err == nil {
			t.Errorf("path %q: no error", path)
		}
	}
}

func TestSaveFreq(t *testing.T) {
	dir := t.TempDir()
	c := &ModelCheckpoint{Path: filepath.Join(dir, "{epoch}-{batch}.keras"), SaveFreq: 3}
	tr := &recurve.Training{Model: testModel(t), History: &recurve.History{}, StepsPerEpoch: 4}
	if err := c.OnTrainBegin(tr); err != nil {
		t.Fatal(err)
	}
	for epoch := range 2 {
		_ = c.OnEpochBegin(tr, epoch)
		for batch := range 4 {
			if err := c.OnTrainBatchEnd(tr, batch, recurve.Logs{"loss": 1}); err != nil {
				t.Fatal(err)
			}
		}
		_ = c.OnEpochEnd(tr, epoch, recurve.Logs{"loss": 1})
	}
	got, _ := filepath.Glob(filepath.Join(dir, "*"))
	for i := range got {
		got[i] = filepath.Base(got[i])
	}
	if want := []string{"1-3.keras", "2-2.keras"}; !slices.Equal(got, want) {
		t.Errorf("saved %v, want %v", got, want)
	}
}

func TestProgress(t *testing.T) {
	logs := recurve.Logs{"loss": 0.69179, "accuracy": 0.75}
	end := recurve.Logs{"loss": 0.6911, "accuracy": 0.875, "val_loss": 0.00001234, "val_accuracy": 1}
	for _, tt := range []struct {
		terminal bool
		want     string
	}{
		{false, "Epoch 1/2 - 3s 100ms/step - accuracy: 0.8750 - loss: 0.6911 - val_accuracy: 1.0000 - val_loss: 1.2340e-05\n"},
		// Keras' line, byte for byte, but for the backspaces before it.
		{true, "Epoch 1/2\n" +
			"\r\x1b[1m 1/25\x1b[0m \x1b[37m━━━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[1m14s\x1b[0m 600ms/step - accuracy: 0.7500 - loss: 0.6918" +
			"\r\x1b[1m 2/25\x1b[0m \x1b[32m━\x1b[0m\x1b[37m━━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[1m2s\x1b[0m 100ms/step - accuracy: 0.7500 - loss: 0.6918 " +
			"\r\x1b[1m25/25\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m3s\x1b[0m 100ms/step - accuracy: 0.8750 - loss: 0.6911 - val_accuracy: 1.0000 - val_loss: 1.2340e-05\n"},
	} {
		var out bytes.Buffer
		now := time.Unix(100, 0)
		c := &Progress{Writer: &out, Terminal: tt.terminal, now: func() time.Time { return now }}
		tr := &recurve.Training{Model: testModel(t), History: &recurve.History{}, Epochs: 2, StepsPerEpoch: 25}
		_ = c.OnEpochBegin(tr, 0)
		now = now.Add(600 * time.Millisecond)
		_ = c.OnTrainBatchEnd(tr, 0, logs)
		now = now.Add(100 * time.Millisecond)
		_ = c.OnTrainBatchEnd(tr, 1, logs)
		_ = c.OnTrainBatchEnd(tr, 2, logs) // too soon to draw again
		now = now.Add(2300 * time.Millisecond)
		_ = c.OnTrainBatchEnd(tr, 24, logs)
		_ = c.OnEpochEnd(tr, 0, end)
		if out.String() != tt.want {
			t.Errorf("terminal %v:\n%q, want\n%q", tt.terminal, out.String(), tt.want)
		}
	}
}
