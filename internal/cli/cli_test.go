package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recurve/activation"
	"recurve/dataset"
	"recurve/initializer"
	"recurve/layer"
	"recurve/optimizer"
)

// TestFlagsAndSettings sets every flag and wants it to arrive under its name.
func TestFlagsAndSettings(t *testing.T) {
	var f flags
	given := reflect.ValueOf(&f).Elem()
	for i := range given.NumField() {
		v := reflect.New(given.Field(i).Type().Elem())
		switch e := v.Elem(); e.Kind() {
		case reflect.Int:
			e.SetInt(int64(1000 + i))
		case reflect.Uint32:
			e.SetUint(uint64(1000 + i))
		case reflect.Float64:
			e.SetFloat(0.01 * float64(1+i))
		case reflect.String:
			e.SetString("sgd")
		}
		given.Field(i).Set(v)
	}
	st := defaults(imdbName)
	f.apply(&st)
	if err := st.check(); err != nil {
		t.Error(err)
	}
	got := defaults(imdbName).differences(st)
	want := []string{"--units 1000 (not 8)", "--embedding 1001 (not 16)", "--vocab 1002 (not 500)", "--maxlen 1003 (not 100)",
		"--optimizer sgd (not rmsprop)", "--learning-rate 0.06 (not 0.0001)", "--batch-size 1006 (not 64)", "--epochs 1007 (not 100)",
		"--patience 1008 (not 3)", "--split 0.1 (not 0.2)", "--seed 1010 (not 42)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var back settings
	b, err := json.Marshal(st)
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil || back != st {
		t.Errorf("through JSON: %+v, %v; want %+v", back, err, st)
	}
}

// TestTranslation looks the words of the whole vocabulary up in a smaller one.
// The data set's own way to read with the smaller one must give the same.
func TestTranslation(t *testing.T) {
	small, err := openMini(150)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := openMini(0)
	if err != nil {
		t.Fatal(err)
	}
	ids := whole.translation(small.text)
	for i, x := range whole.train.X {
		if diff := cmp.Diff(small.train.X[i], translate(x, ids, small.text.OOVID)); diff != "" {
			t.Fatalf("review %d: %s", i, diff)
		}
	}
	if sameWords(small.text, whole.text) || !sameWords(small.text, small.text) {
		t.Error("two vocabularies are taken for the same, or the same for two")
	}
}

// TestEvaluateAgreesWithTraining measures the kept model on the texts that were
// held out, which training did too.
func TestEvaluateAgreesWithTraining(t *testing.T) {
	skipShort(t)
	for _, split := range []string{"0.2", "0.13"} {
		dir := filepath.Join(t.TempDir(), "run")
		mustRun(t, append(smallRun(dir), "--split", split, "--seed", "7", "--model", "onehot")...)
		h := readHistory(t, dir)
		best := h.best()
		var got evaluateJSON
		out := mustRun(t, "evaluate", filepath.Join(dir, modelFile), "--part", "val", "--json")
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if d := math.Abs(float64(got.Values["loss"] - best.ValLoss)); d > 1e-6 {
			t.Errorf("split %s: loss %v, in training %v", split, got.Values["loss"], best.ValLoss)
		}
		if d := math.Abs(float64(got.Values["accuracy"] - best.ValAccuracy)); d > 1e-6 {
			t.Errorf("split %s: accuracy %v, in training %v", split, got.Values["accuracy"], best.ValAccuracy)
		}
		right := got.Labels[0].Right + got.Labels[1].Right
		if d := math.Abs(float64(right)/float64(got.Samples) - float64(best.ValAccuracy)); d > 1e-6 {
			t.Errorf("split %s: %d of %d judged right, but the accuracy is %v", split, right, got.Samples, best.ValAccuracy)
		}
	}
}

// TestPredictAgreesWithEvaluate judges reviews as texts and counts for itself.
func TestPredictAgreesWithEvaluate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	mustRun(t, smallRun(dir)...)
	model := filepath.Join(dir, modelFile)
	whole, err := openMini(0)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"predict", model, "--json"}
	for _, x := range whole.test.X {
		args = append(args, whole.text.Decode(x[1:])) // without the start
	}
	d := json.NewDecoder(strings.NewReader(mustRun(t, args...)))
	right := 0
	for _, y := range whole.test.Y {
		var a judgement
		if err := d.Decode(&a); err != nil {
			t.Fatal(err)
		}
		if p := float64(*a.Probability); p < 0.5 || p > 1 || a.Label != []string{"negative", "positive"}[*a.Class] {
			t.Errorf("%+v", a)
		}
		if *a.Class == int(y) {
			right++
		}
	}
	var got evaluateJSON
	if err := json.Unmarshal([]byte(mustRun(t, "evaluate", model, "--json")), &got); err != nil {
		t.Fatal(err)
	}
	if want := got.Labels[0].Right + got.Labels[1].Right; right != want {
		t.Errorf("predict judges %d texts right, evaluate %d", right, want)
	}
}

// TestSplitIsFound recovers the split from the two counts in a model's file.
func TestSplitIsFound(t *testing.T) {
	for _, n := range []int{5, 528, 1000, 25000} {
		for _, share := range []float64{0.001, 0.1, 0.2, 1.0 / 3, 0.5, 0.77} {
			s := &dataset.Sequences{X: make([][]int32, n)}
			train, val := s.Split(share, 1)
			if val.Err() != nil {
				continue // nothing would be left
			}
			_, again := s.Split((float64(val.Len())-0.5)/float64(train.Len()+val.Len()), 1)
			if again.Len() != val.Len() {
				t.Errorf("%d samples, split %v: %d held out, then %d", n, share, val.Len(), again.Len())
			}
		}
	}
}

func TestLengthBins(t *testing.T) {
	for _, l := range []dataset.Lengths{{1}, {7, 7, 7}, {0, 3, 12}, {11, 12, 60, 61, 400}, make(dataset.Lengths, 100)} {
		h := lengthBins(l)
		if len(h.Edges) != len(h.Counts)+1 {
			t.Fatalf("%v: %d edges for %d bins", l, len(h.Edges), len(h.Counts))
		}
		for i, n := range h.Counts {
			want := 0
			for _, v := range l {
				if float64(v) >= h.Edges[i] && float64(v) < h.Edges[i+1] {
					want++
				}
			}
			if n != want {
				t.Errorf("%v: %d from %v to %v, want %d", l, n, h.Edges[i], h.Edges[i+1], want)
			}
		}
	}
}

func TestArguments(t *testing.T) {
	for _, c := range []struct {
		of   any
		want string
	}{
		{layer.LSTM{Units: 8, Name: "mine"}, "units=8"},
		{layer.LSTM{Units: 8, NoBias: true, ReturnSequences: true, NoUnitForgetBias: true}, "units=8, use_bias=False, unit_forget_bias=False, return_sequences=True"},
		{layer.GRU{Units: 2, ResetBefore: true, GoBackwards: true, RecurrentActivation: activation.HardSigmoid},
			"units=2, recurrent_activation=hard_sigmoid, go_backwards=True, reset_after=False"},
		{layer.Embedding{InputDim: 5, OutputDim: 2, EmbeddingsInitializer: initializer.RandomNormal{StdDev: 0.05}},
			"input_dim=5, output_dim=2, embeddings_initializer=RandomNormal(std_dev=0.05)"},
		{layer.Bidirectional{Layer: layer.SimpleRNN{Units: 3}, MergeMode: layer.Ave}, "layer=SimpleRNN(units=3), merge_mode=ave"},
		{layer.Dropout{Rate: 0.5}, "rate=0.5"},
		{optimizer.RMSprop{LearningRate: 1e-4, Centered: true}, "learning_rate=0.0001, centered=True"},
	} {
		if got := joinArguments(arguments(c.of)); got != c.want {
			t.Errorf("%#v: %q, want %q", c.of, got, c.want)
		}
	}
}

func TestSmallForms(t *testing.T) {
	for got, want := range map[string]string{
		thousands(0): "0", thousands(999): "999", thousands(25000): "25,000", thousands(-1234567): "-1,234,567",
		size(12): "12 bytes", size(1536): "1.5 KiB", size(17464789): "16.7 MiB", size(3 << 30): "3.0 GiB",
		plural(1, "text"): "1 text", plural(2000, "text"): "2,000 texts",
		quote("runs/a-b_1.keras"): "runs/a-b_1.keras", quote("my runs/it's"): `'my runs/it'\''s'`, quote(""): "''",
		orList("a"): "a", orList("a", "b", "c"): "a, b or c",
		eighths(1, 2, 3): "█▌", eighths(2, 2, 3): "███", eighths(0, 2, 3): "",
		wrapValues("10/10 bar 0s - loss: 0.5 - accuracy: 0.7", 24): "10/10 bar 0s - loss: 0.5\n  - accuracy: 0.7",
		fmt.Sprint(shortest(0.0001)):                               "0.0001",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	b, err := json.Marshal([]number{0.5, 1e-9, 12345678912345, number(math.NaN()), number(math.Inf(-1))})
	if want := `[0.5,0.000000001,12345678912345,null,null]`; err != nil || string(b) != want {
		t.Errorf("%s, %v; want %s", b, err, want)
	}
	var back []number
	if err := json.Unmarshal(b, &back); err != nil || back[1] != 1e-9 || !math.IsNaN(float64(back[3])) {
		t.Errorf("%v, %v", back, err)
	}
}

// TestInterruptedComparison goes on where it was broken off.
func TestInterruptedComparison(t *testing.T) {
	skipShort(t)
	args := func(dir string) []string {
		return []string{"compare", "mini", "--models", "rnn,gru", "--units", "2", "--vocab", "100", "--maxlen", "10", "--batch-size", "64",
			"--epochs", "3", "--threads", "1", "--out", dir}
	}
	straight, dir := filepath.Join(t.TempDir(), "straight"), filepath.Join(t.TempDir(), "broken")
	mustRun(t, args(straight)...)
	code, out, stderr := command(tripAfter(45), args(dir)...)
	if code != exitInterrupted || !strings.Contains(stderr, "recurve compare --resume --out") || !strings.Contains(out, "rnn ") {
		t.Fatalf("exit code %d: %s%s", code, out, stderr)
	}
	mustRun(t, "compare", "--resume", dir)
	for _, model := range []string{"rnn", "gru"} {
		sameRun(t, filepath.Join(dir, model), filepath.Join(straight, model))
	}
}

// TestFullDisk wants an error where the result can't be written.
func TestFullDisk(t *testing.T) {
	var stderr bytes.Buffer
	code := Run(t.Context(), []string{"data", "mini"}, Streams{Out: fullDisk{}, Err: &stderr})
	if code != exitFailed || stderr.String() != "recurve: no space left\n" {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestDownloads tells of each file once where nobody watches.
func TestDownloads(t *testing.T) {
	var stderr bytes.Buffer
	s := newSession(t.Context(), Streams{Out: io.Discard, Err: &stderr})
	d := s.newDownloads()
	d.progress("a.npz", 0, 2<<20)
	d.progress("b.json", 0, -1)
	d.progress("a.npz", 1<<20, 2<<20)
	d.wait()
	if want := "downloading a.npz (2.0 MiB)\ndownloading b.json\n"; stderr.String() != want {
		t.Errorf("got %q, want %q", stderr.String(), want)
	}
}

// TestFilesAgree looks for the same numbers in history.json and history.csv.
func TestFilesAgree(t *testing.T) {
	skipShort(t)
	dir := filepath.Join(t.TempDir(), "run")
	mustRun(t, smallRun(dir)...)
	h := readHistory(t, dir)
	var want strings.Builder
	want.WriteString("epoch,accuracy,loss,val_accuracy,val_loss\r\n")
	for _, e := range h.Epochs {
		fmt.Fprintf(&want, "%d,%v,%v,%v,%v\r\n", e.Epoch-1, e.Accuracy, e.Loss, e.ValAccuracy, e.ValLoss)
	}
	if got := readFile(t, filepath.Join(dir, tableFile)); got != want.String() {
		t.Errorf("got %q, want %q", got, want.String())
	}
	best := 0
	for i, e := range h.Epochs {
		if e.ValLoss < h.Epochs[best].ValLoss {
			best = i
		}
	}
	if h.BestEpoch != best+1 {
		t.Errorf("best epoch %d, want %d", h.BestEpoch, best+1)
	}
}
