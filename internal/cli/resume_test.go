package cli

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tripwire is a context that ends when it has been asked a number of times
// whether it has: somewhere in the middle of what is going on.
type tripwire struct {
	context.Context
	left atomic.Int64
}

func tripAfter(asks int64) *tripwire {
	t := &tripwire{Context: context.Background()}
	t.left.Store(asks)
	return t
}

// Err implements [context.Context].
func (t *tripwire) Err() error {
	if t.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// command runs a command line and returns what it wrote.
func command(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = Run(ctx, args, Streams{In: strings.NewReader(""), Out: &out, Err: &err})
	return code, out.String(), err.String()
}

func mustRun(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	code, stdout, stderr := command(t.Context(), args...)
	if code != 0 {
		t.Fatalf("%v: exit code %d: %s", args, code, stderr)
	}
	return stdout
}

// smallRun trains long enough for the best epoch not to be the last.
func smallRun(dir string) []string {
	return []string{"train", "mini", "--units", "4", "--vocab", "300", "--maxlen", "20", "--batch-size", "32",
		"--learning-rate", "0.01", "--epochs", "9", "--threads", "1", "--out", dir}
}

// weights are the bytes of the best model's weights.
func weights(t *testing.T, dir string) []byte {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join(dir, modelFile))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open("model.weights.h5")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// readHistory reads a run's history without what may be another machine's: the
// times and the number of threads.
func readHistory(t *testing.T, dir string) history {
	t.Helper()
	var h history
	if err := readJSON(filepath.Join(dir, historyFile), &h); err != nil {
		t.Fatal(err)
	}
	h.Threads = 0
	for i := range h.Epochs {
		h.Epochs[i].Seconds = 0
	}
	return h
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// sameRun wants two finished runs to be the same but for their times.
func sameRun(t *testing.T, got, want string) {
	t.Helper()
	if diff := cmp.Diff(readHistory(t, want), readHistory(t, got)); diff != "" {
		t.Errorf("%s: the history differs (-straight +resumed):\n%s", got, diff)
	}
	if !bytes.Equal(weights(t, got), weights(t, want)) {
		t.Errorf("%s: the model's weights differ from those of a run that was never broken off", got)
	}
	if a, b := readFile(t, filepath.Join(got, tableFile)), readFile(t, filepath.Join(want, tableFile)); a != b {
		t.Errorf("%s: %s differs:\n%s\n%s", got, tableFile, a, b)
	}
	for _, f := range []string{lossPicture, sharePicture, lengthsFile} {
		if _, err := os.Stat(filepath.Join(got, f)); err != nil {
			t.Error(err)
		}
	}
	entries, err := os.ReadDir(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == lastFile || strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s: %s was left behind", got, e.Name())
		}
	}
}

// TestResume breaks runs off in many ways; each must come to the same end as
// one that nothing breaks off.
func TestResume(t *testing.T) {
	straight := filepath.Join(t.TempDir(), "straight")
	mustRun(t, smallRun(straight)...)
	if h := readHistory(t, straight); h.BestEpoch < 2 || h.BestEpoch == len(h.Epochs) {
		t.Fatalf("best epoch %d of %d: this run tests nothing; choose another", h.BestEpoch, len(h.Epochs))
	}
	for i, c := range []struct {
		name       string
		breakAndGo func(t *testing.T, dir string)
	}{
		{"in the third epoch", interrupted(47)},
		{"before the first batch", interrupted(1)},
		{"in the first epoch", interrupted(9)},
		{"in the fifth epoch", interrupted(94)},
		{"again and again", againAndAgain},
		{"killed", killed},
		{"killed before the best was saved", killedBeforeBest},
	} {
		t.Run(c.name, func(t *testing.T) {
			if i > 0 {
				skipShort(t)
			}
			dir := filepath.Join(t.TempDir(), "run")
			c.breakAndGo(t, dir)
			sameRun(t, dir, straight)
		})
	}
}

// interrupt begins a run that is interrupted.
func interrupt(t *testing.T, dir string, asks int64) {
	t.Helper()
	code, _, stderr := command(tripAfter(asks), smallRun(dir)...)
	if code != exitInterrupted || !strings.HasSuffix(stderr, "\nrecurve: interrupted\n") {
		t.Fatalf("exit code %d, want %d: %s", code, exitInterrupted, stderr)
	}
	r, err := readRecord(dir)
	if err != nil || r.State != stateRunning || r.Threads != 1 {
		t.Errorf("the record of an interrupted run is %+v, %v", r, err)
	}
}

func interrupted(asks int64) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		interrupt(t, dir, asks)
		mustRun(t, "train", "--resume", "--out", dir, "--threads", "2")
	}
}

func againAndAgain(t *testing.T, dir string) {
	args, breaks := smallRun(dir), 0
	for code := exitInterrupted; code != exitDone; breaks++ {
		var stderr string
		if code, _, stderr = command(tripAfter(30), args...); code != exitDone && code != exitInterrupted || breaks > 30 {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		args = []string{"train", "--resume", dir}
	}
	if breaks < 4 {
		t.Fatalf("broken off %d times: too few to test anything", breaks)
	}
}

// killed kills a process in the middle of its run.
func killed(t *testing.T, dir string) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "recurve")
	if err := os.Symlink(exe, link); err != nil {
		t.Skipf("no symbolic links: %v", err)
	}
	c := exec.Command(link, smallRun(dir)...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(time.Millisecond) {
		var h history
		if err := readJSON(filepath.Join(dir, historyFile), &h); err == nil && len(h.Epochs) >= 3 {
			break
		}
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil {
		t.Log("the run was through before it was killed")
	}
	mustRun(t, "train", "--resume", "--out", dir)
}

// killedBeforeBest takes up a run whose last epoch is its best, but is not yet
// in its place.
func killedBeforeBest(t *testing.T, dir string) {
	interrupt(t, dir, 47)
	if h := readHistory(t, dir); h.BestEpoch != len(h.Epochs) {
		t.Fatalf("best epoch %d of %d: want the last to be the best; choose another interrupt", h.BestEpoch, len(h.Epochs))
	}
	for file, content := range map[string]string{modelFile: "of an epoch before", ".last.keras123": "half a file"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	mustRun(t, "train", "--resume", "--out", dir)
}

// TestResumeFromDamage wants an error, and nothing changed, where a run can't
// go on.
func TestResumeFromDamage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	interrupt(t, dir, 47)
	last, err := os.ReadFile(filepath.Join(dir, lastFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, file, content, want string }{
		{"model cut", lastFile, string(last[:len(last)/2]), lastFile},
		{"history cut", historyFile, `{"data":`, "history.json is damaged"},
		{"history short", historyFile, `{"epochs":[]}`, "history.json has 0 epochs"},
		{"settings cut", settingsFile, `{`, "settings.json is damaged"},
		{"settings wrong", settingsFile, `{"data":"mini","model":"lstm","state":"running","units":0}`, "settings.json is damaged: --units 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, c.file)
			was, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			defer os.WriteFile(path, was, 0o644)
			if err := os.WriteFile(path, []byte(c.content), 0o644); err != nil {
				t.Fatal(err)
			}
			code, _, stderr := command(t.Context(), "train", "--resume", "--out", dir)
			if code == exitDone || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("exit code %d, %q; want an error in one line with %q", code, stderr, c.want)
			}
		})
	}
}
