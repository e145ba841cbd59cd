package callback

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"recurve"
	"recurve/activation"
	"recurve/dataset"
	"recurve/keras"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
)

// backupFit is a fit that a backup has to keep all of: dropout, an optimizer
// with moving averages, a learning rate that changes, and best weights that are
// restored. It returns the bytes of the weights' file and the history.
func backupFit(t *testing.T, c *BackupAndRestore, epochs int, more ...recurve.Callback) ([]byte, *recurve.History, error) {
	t.Helper()
	m, err := recurve.New(recurve.Options{Seed: 5, Threads: 1}, layer.Input{Shape: []int{4, 2}}, layer.LSTM{Units: 3, Dropout: 0.3},
		layer.Dense{Units: 1, Activation: activation.Sigmoid})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	data := func(n int) *dataset.Dataset {
		d := &dataset.Dataset{N: n, Steps: 4, Width: 2, Outputs: 1}
		for range n * 8 {
			d.Features = append(d.Features, float32(rng.NormFloat64()))
		}
		for range n {
			d.Y = append(d.Y, float32(rng.IntN(2)))
		}
		return d
	}
	callbacks := []recurve.Callback{
		&EarlyStopping{Patience: 100, RestoreBestWeights: true},
		&ReduceLROnPlateau{Patience: 2, Factor: 0.7, Cooldown: 1},
	}
	if c != nil {
		callbacks = append([]recurve.Callback{c}, callbacks...) // its place does not matter
	}
	h, err := m.Fit(t.Context(), data(48), recurve.FitOptions{Optimizer: optimizer.Adam{LearningRate: 0.05}, Loss: loss.BinaryCrossentropy{},
		Metrics: []metric.Metric{metric.Accuracy{}}, Epochs: epochs, BatchSize: 8, Seed: 9, Validation: data(16), Callbacks: append(callbacks, more...)})
	if err != nil {
		return nil, h, err
	}
	var b bytes.Buffer
	if err := keras.WriteForm(&b, m, keras.Weights); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), h, nil
}

const backupEpochs = 12

// TestBackupChild is the process that TestKill kills.
func TestBackupChild(t *testing.T) {
	dir := os.Getenv("RECURVE_TEST_BACKUP")
	if dir == "" {
		t.Skip("runs as a child of TestKill alone")
	}
	freq, err := strconv.Atoi(os.Getenv("RECURVE_TEST_SAVE_FREQ"))
	if err != nil {
		t.Fatal(err)
	}
	got, h, err := backupFit(t, &BackupAndRestore{Dir: filepath.Join(dir, "backup"), SaveFreq: freq}, backupEpochs)
	if err != nil {
		t.Fatal(err)
	}
	values, err := json.Marshal(h.Values("val_loss"))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"history.json": values, "final.weights.h5": got} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestKill kills a fit again and again, at any moment; it ends with the bytes of
// one that was left alone.
func TestKill(t *testing.T) {
	want, h, err := backupFit(t, nil, backupEpochs)
	if err != nil {
		t.Fatal(err)
	}
	for _, freq := range []string{"0", "1"} {
		dir := t.TempDir()
		child := func() *exec.Cmd {
			cmd := exec.Command(os.Args[0], "-test.run=^TestBackupChild$")
			cmd.Env = append(os.Environ(), "RECURVE_TEST_BACKUP="+dir, "RECURVE_TEST_SAVE_FREQ="+freq)
			return cmd
		}
		rng := rand.New(rand.NewPCG(3, 4))
		kills := 0
		for kills < 8 {
			cmd := child()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// Once it has made a backup, it may die any time.
			for range 1000 {
				if moved(dir, kills) {
					break
				}
				time.Sleep(time.Millisecond)
			}
			time.Sleep(time.Duration(rng.IntN(int(12 * time.Millisecond))))
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if cmd.Wait() == nil {
				break // it was faster
			}
			kills++
		}
		if _, err := os.Stat(filepath.Join(dir, "final.weights.h5")); err != nil {
			if out, err := child().CombinedOutput(); err != nil {
				t.Fatalf("after %d kills: %v\n%s", kills, err, out)
			}
		}
		got, err := os.ReadFile(filepath.Join(dir, "final.weights.h5"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("SaveFreq %s: killed %d times, the weights differ from those of a fit that was left alone", freq, kills)
		}
		var values []float64
		b, err := os.ReadFile(filepath.Join(dir, "history.json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &values); err != nil {
			t.Fatal(err)
		}
		if want := h.Values("val_loss"); !reflect.DeepEqual(values, want) {
			t.Errorf("SaveFreq %s: the history has %v, want %v", freq, values, want)
		}
		if _, err := os.Stat(filepath.Join(dir, "backup")); !os.IsNotExist(err) {
			t.Errorf("SaveFreq %s: the backup is still there", freq)
		}
		t.Logf("SaveFreq %s: %d kills", freq, kills)
	}
}

// moved reports whether the child has got further than the kills before let it.
func moved(dir string, kills int) bool {
	b, err := os.ReadFile(filepath.Join(dir, "backup", metadataFile))
	var m metadata
	return err == nil && json.Unmarshal(b, &m) == nil && m.Epoch*6+m.Ours.NextBatch >= kills*7
}

// snapshot reads a folder.
func snapshot(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if out[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestBackupStates goes on from each state that a folder can be in when the fit
// is killed while it makes a backup, and from damaged ones.
func TestBackupStates(t *testing.T) {
	const epochs = 4
	want, h, err := backupFit(t, nil, epochs)
	if err != nil {
		t.Fatal(err)
	}
	for _, double := range []bool{false, true} {
		dir := t.TempDir()
		var at []map[string][]byte // at the beginning of each epoch
		_, _, err = backupFit(t, &BackupAndRestore{Dir: dir, DoubleCheckpoint: double}, epochs, &Lambda{EpochBegin: func(*recurve.Training, int) error {
			at = append(at, snapshot(t, dir))
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		for n := 2; n < epochs; n++ {
			before, after := at[n-1], at[n]
			with := func(base map[string][]byte, change map[string][]byte) map[string][]byte {
				out := map[string][]byte{}
				for _, m := range []map[string][]byte{base, change} {
					for k, v := range m {
						if out[k] = v; v == nil {
							delete(out, k)
						}
					}
				}
				return out
			}
			for name, s := range map[string]struct {
				files map[string][]byte
				whole bool // or only with DoubleCheckpoint
			}{
				"whole":                  {after, true},
				"weights half written":   {with(before, map[string][]byte{"." + nextFile + "123": after[latestFile][:1000]}), true},
				"weights written":        {with(before, map[string][]byte{nextFile: after[latestFile]}), true},
				"metadata written":       {with(after, map[string][]byte{latestFile: before[latestFile], nextFile: after[latestFile]}), true},
				"metadata written first": {with(after, map[string][]byte{latestFile: nil, nextFile: after[latestFile]}), true},
				"metadata removed":       {with(after, map[string][]byte{metadataFile: nil, metadataFile + bkp: nil}), true},
				"other weights":          {with(after, map[string][]byte{latestFile: before[latestFile]}), false},
				"weights cut off":        {with(after, map[string][]byte{latestFile: after[latestFile][:1000]}), false},
				"metadata cut off":       {with(after, map[string][]byte{metadataFile: after[metadataFile][:20]}), false},
				"no weights":             {with(after, map[string][]byte{latestFile: nil}), false},
			} {
				dir := filepath.Join(t.TempDir(), "backup")
				if err := os.Mkdir(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				for f, b := range s.files {
					if err := os.WriteFile(filepath.Join(dir, f), b, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				got, gotH, err := backupFit(t, &BackupAndRestore{Dir: dir}, epochs)
				if !s.whole && !double {
					if err == nil || !strings.Contains(err.Error(), "cannot go on from "+dir) {
						t.Errorf("%s, epoch %d: error %v", name, n, err)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s, epoch %d, double %v: %v", name, n, double, err)
					continue
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s, epoch %d, double %v: the weights differ", name, n, double)
				}
				for i, e := range gotH.Epochs {
					if e.Number != i || !reflect.DeepEqual(e.Logs, h.Epochs[i].Logs) {
						t.Errorf("%s, epoch %d, double %v: epoch %d has the logs %v, want %v", name, n, double, i, e.Logs, h.Epochs[i].Logs)
					}
				}
				if _, err := os.Stat(dir); !os.IsNotExist(err) {
					t.Errorf("%s, epoch %d: the backup is still there: %v", name, n, snapshot(t, dir))
				}
			}
		}
	}
}

// TestKeepCheckpoint: a longer fit goes on from one that has ended, and one that
// was stopped stays so.
func TestKeepCheckpoint(t *testing.T) {
	want, _, err := backupFit(t, nil, 6)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	keep := &BackupAndRestore{Dir: dir, KeepCheckpoint: true}
	if _, _, err := backupFit(t, keep, 3); err != nil {
		t.Fatal(err)
	}
	got, h, err := backupFit(t, keep, 6)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) || len(h.Epochs) != 6 {
		t.Errorf("3 epochs and 3 more: %d epochs, weights equal: %v", len(h.Epochs), bytes.Equal(got, want))
	}
	stop := &Lambda{EpochEnd: func(tr *recurve.Training, epoch int, _ recurve.Logs) error {
		if epoch == 6 {
			tr.Stop()
		}
		return nil
	}}
	for range 2 {
		if _, h, err = backupFit(t, keep, 20, stop); err != nil || len(h.Epochs) != 7 {
			t.Errorf("stopped after 7 epochs: %d epochs, error %v", len(h.Epochs), err)
		}
	}
}

// TestBackupOfKeras goes on from a folder that Keras left.
func TestBackupOfKeras(t *testing.T) {
	var want struct {
		Iterations int64
		Weights    [][]float32
	}
	fixtures(t, "backup.json", &want)
	dir := filepath.Join(t.TempDir(), "backup")
	if err := os.CopyFS(dir, os.DirFS("testdata/backup")); err != nil {
		t.Fatal(err)
	}
	m, begun := testModel(t), false
	h, err := m.Fit(t.Context(), testData(t), recurve.FitOptions{Optimizer: optimizer.Adam{LearningRate: 0.01}, Loss: m.Loss(), Epochs: 5,
		Callbacks: []recurve.Callback{
			&Lambda{TrainBegin: func(tr *recurve.Training) error {
				begun = true
				if s := m.Optimizer(); tr.InitialEpoch != 3 || tr.InitialBatch != 0 || s.Iterations != want.Iterations || !reflect.DeepEqual(m.Weights(), want.Weights) {
					t.Errorf("epoch %d, batch %d, %d iterations, weights %v; want 3, 0, %d, %v",
						tr.InitialEpoch, tr.InitialBatch, s.Iterations, m.Weights(), want.Iterations, want.Weights)
				}
				return nil
			}},
			&BackupAndRestore{Dir: dir},
		}})
	if err != nil || !begun || len(h.Epochs) != 2 || h.Epochs[0].Number != 3 {
		t.Errorf("epochs %v, error %v", h, err)
	}
}

func TestBackupBadArguments(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]*BackupAndRestore{
		"no Dir given":       {},
		"SaveFreq: expected": {Dir: t.TempDir(), SaveFreq: -1},
		"Dir: mkdir":         {Dir: file},
	} {
		if _, _, err := backupFit(t, c, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
