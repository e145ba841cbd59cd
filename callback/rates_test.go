package callback

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"recurve"
	"recurve/dataset"
	"recurve/loss"
	"recurve/optimizer"
)

// rateFixture is a case of rates.json: what Keras' callbacks do to the learning
// rate.
type rateFixture struct {
	Name, Callback string
	Rate           json.RawMessage // a number, or "schedule"
	Config         struct {
		Monitor, Mode, Schedule     string
		Verbose, Patience, Cooldown int
		Factor                      float64
		MinDelta                    *float64 `json:"min_delta"`
		MinLR                       float64  `json:"min_lr"`
	}
	Fits [][]map[string]number
	Did  []struct {
		Logged, After []float64
		Error         string
	}
	Printed  string
	Warnings []string
}

var schedules = map[string]func(epoch int, rate float64) float64{
	"times_0.9":     func(_ int, rate float64) float64 { return rate * 0.9 },
	"halved_each_2": func(epoch int, _ float64) float64 { return 0.3 * math.Pow(0.5, float64(epoch/2)) },
	"from_epoch_2": func(epoch int, rate float64) float64 {
		if epoch < 2 {
			return rate
		}
		return 1e-5
	},
	"to_zero": func(int, float64) float64 { return 0 },
}

func (f rateFixture) build(log *bytes.Buffer) recurve.Callback {
	c := f.Config
	if f.Callback == "LearningRateScheduler" {
		s := &LearningRateScheduler{Schedule: schedules[c.Schedule]}
		if c.Verbose > 0 {
			s.Log = log
		}
		return s
	}
	r := &ReduceLROnPlateau{Monitor: c.Monitor, Factor: c.Factor, Patience: c.Patience, Cooldown: c.Cooldown, MinLR: c.MinLR,
		Mode: map[string]Mode{"": Auto, "max": Max}[c.Mode]}
	if c.MinDelta != nil {
		r.MinDelta = max(*c.MinDelta, math.SmallestNonzeroFloat64)
	}
	if c.Verbose > 0 {
		r.Log = log
	}
	return r
}

// compile gives the model the optimizer of the case.
func (f rateFixture) compile(t *testing.T, m *recurve.Model) {
	t.Helper()
	sgd := optimizer.SGD{}
	if json.Unmarshal(f.Rate, &sgd.LearningRate) != nil {
		sgd.Schedule = optimizer.ExponentialDecay{InitialLearningRate: 0.1, DecaySteps: 10, DecayRate: 0.5}
	}
	if err := m.Compile(recurve.CompileOptions{Optimizer: sgd, Loss: m.Loss(), Metrics: m.Metrics()}); err != nil {
		t.Fatal(err)
	}
}

// rates shows a callback the epochs from first on, after those of past, and
// returns the learning rates that it logs and those after each epoch.
func rates(c recurve.Callback, m *recurve.Model, past *recurve.History, epochs []map[string]number) (logged, after []float64, err error) {
	first := len(past.Epochs)
	tr := &recurve.Training{Model: m, History: past, Epochs: len(epochs), InitialEpoch: first, Validation: true}
	if err := c.OnTrainBegin(tr); err != nil {
		return nil, nil, err
	}
	for i := first; i < len(epochs); i++ {
		logs := recurve.Logs{}
		for k, v := range epochs[i] {
			logs[k] = float64(v)
		}
		if err := errors.Join(c.OnEpochBegin(tr, i), c.OnEpochEnd(tr, i, logs)); err != nil {
			return nil, nil, err
		}
		past.Epochs = append(past.Epochs, recurve.Epoch{Number: i, Logs: logs})
		logged = append(logged, logs["learning_rate"])
		after = append(after, float64(m.Optimizer().Rate()))
	}
	return logged, after, c.OnTrainEnd(tr)
}

func rateFixtures(t *testing.T) []rateFixture {
	t.Helper()
	var file struct{ Cases []rateFixture }
	fixtures(t, "rates.json", &file)
	if len(file.Cases) == 0 {
		t.Fatal("no cases")
	}
	return file.Cases
}

func TestRatesLikeKeras(t *testing.T) {
	for _, f := range rateFixtures(t) {
		t.Run(f.Callback+"/"+f.Name, func(t *testing.T) {
			var log bytes.Buffer
			c, m := f.build(&log), testModel(t)
			f.compile(t, m)
			if len(f.Did) == 1 && f.Did[0].Error != "" {
				if _, _, err := rates(c, m, &recurve.History{}, f.Fits[0]); err == nil {
					t.Errorf("no error; Keras says %s", f.Did[0].Error)
				}
				return
			}
			for i, epochs := range f.Fits {
				logged, after, err := rates(c, m, &recurve.History{}, epochs)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(logged, f.Did[i].Logged) || !slices.Equal(after, f.Did[i].After) {
					t.Errorf("fit %d: logged %v, set %v; want %v and %v", i, logged, after, f.Did[i].Logged, f.Did[i].After)
				}
			}
			printed := log.String()
			for _, w := range f.Warnings {
				if !strings.Contains(printed, w+"\n") {
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

// TestRatesResume: a fit that is taken up at any epoch reduces the learning rate
// as if it had never been broken off.
func TestRatesResume(t *testing.T) {
	for _, f := range rateFixtures(t) {
		if len(f.Fits) > 1 || f.Did[0].Error != "" {
			continue
		}
		for cut := 1; cut < len(f.Fits[0]); cut++ {
			var log bytes.Buffer
			m, past := testModel(t), &recurve.History{}
			f.compile(t, m)
			if _, _, err := rates(f.build(&log), m, past, f.Fits[0][:cut]); err != nil {
				t.Fatal(err)
			}
			logged, after, err := rates(f.build(&log), m, past, f.Fits[0])
			if err != nil {
				t.Fatal(err)
			}
			if want := f.Did[0]; !slices.Equal(logged, want.Logged[cut:]) || !slices.Equal(after, want.After[cut:]) {
				t.Errorf("%s taken up at epoch %d: logged %v, set %v; want %v and %v", f.Name, cut, logged, after, want.Logged[cut:], want.After[cut:])
			}
		}
	}
}

func TestRatesBadArguments(t *testing.T) {
	for name, c := range map[string]recurve.Callback{
		"Factor: expected":        &ReduceLROnPlateau{Factor: 1},
		"Patience: expected":      &ReduceLROnPlateau{Patience: -1},
		"Cooldown: expected":      &ReduceLROnPlateau{Cooldown: -1},
		"MinLR: expected":         &ReduceLROnPlateau{MinLR: -1},
		`whether "f1" should`:     &ReduceLROnPlateau{Monitor: "f1"},
		"no Schedule given":       &LearningRateScheduler{},
		"learning rate: expected": &LearningRateScheduler{Schedule: func(int, float64) float64 { return math.NaN() }},
	} {
		epochs := []map[string]number{{"loss": 1, "val_loss": 1}}
		if _, _, err := rates(c, testModel(t), &recurve.History{}, epochs); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// testData is a small task for testModel.
func testData(t *testing.T) *dataset.Dataset {
	t.Helper()
	d := &dataset.Dataset{N: 20, Steps: 1, Width: 2, Outputs: 1}
	for i := range d.N {
		d.Features = append(d.Features, float32(i%5)-2, float32(i%3)-1)
		d.Y = append(d.Y, float32(i%2))
	}
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestRatesInFit: the history has the learning rate, and the weights move by it.
func TestRatesInFit(t *testing.T) {
	var events []string
	m, d := testModel(t), testData(t)
	var still [][]float32
	h, err := m.Fit(t.Context(), d, recurve.FitOptions{Optimizer: optimizer.SGD{}, Loss: loss.BinaryCrossentropy{}, Epochs: 4, Callbacks: []recurve.Callback{
		&LearningRateScheduler{Schedule: func(epoch int, _ float64) float64 { return []float64{0.5, 0.25, 0, 0}[epoch] }},
		&Lambda{
			TrainBegin: func(*recurve.Training) error { events = append(events, "begin"); return nil },
			EpochBegin: func(_ *recurve.Training, epoch int) error {
				if events = append(events, "epoch"); epoch == 2 {
					still = m.Weights()
				}
				return nil
			},
			TrainBatchEnd: func(*recurve.Training, int, recurve.Logs) error { return nil },
			EpochEnd: func(tr *recurve.Training, epoch int, logs recurve.Logs) error {
				if logs["ours"] = 7; epoch == 2 {
					tr.Stop()
				}
				return nil
			},
			TrainEnd: func(*recurve.Training) error { events = append(events, "end"); return nil },
		},
		&Lambda{},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := h.Values("learning_rate"), []float64{0.5, 0.25, 0}; !slices.Equal(got, want) {
		t.Errorf("learning rates %v, want %v", got, want)
	}
	if got, want := h.Values("ours"), []float64{7, 7, 7}; !slices.Equal(got, want) {
		t.Errorf("logs of Lambda %v, want %v", got, want)
	}
	if got, want := strings.Join(events, " "), "begin epoch epoch epoch end"; got != want {
		t.Errorf("events %q, want %q", got, want)
	}
	if !slices.EqualFunc(still, m.Weights(), slices.Equal) {
		t.Errorf("at a learning rate of 0 the weights went from %v to %v", still, m.Weights())
	}
	failed := errors.New("failed")
	if _, err := m.Fit(t.Context(), d, recurve.FitOptions{Callbacks: []recurve.Callback{
		&Lambda{TrainBatchEnd: func(*recurve.Training, int, recurve.Logs) error { return failed }},
	}}); !errors.Is(err, failed) {
		t.Errorf("error %v, want that of Lambda", err)
	}
}
