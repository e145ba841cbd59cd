package cli

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"recurve/internal/kernel"
)

// TestBench wants every figure, and shares that belong to the speeds.
func TestBench(t *testing.T) {
	var j benchJSON
	if err := json.Unmarshal([]byte(mustRun(t, "bench", "--json", "--time", "1ms")), &j); err != nil {
		t.Fatal(err)
	}
	best, err := kernel.Choose(os.Getenv(kernelVariable))
	if err != nil {
		t.Fatal(err)
	}
	if j.Kernel != best.Name() {
		t.Errorf("measured %s, want %s", j.Kernel, best.Name())
	}
	var units []int
	for _, p := range j.Products {
		units = append(units, p.Units)
		if got := p.GFlops / j.Peak; p.GFlops <= 0 || p.Share > 1 || got-p.Share > 1e-9 || p.Share-got > 1e-9 {
			t.Errorf("%d units: %v GFLOP/s, share %v of %v", p.Units, p.GFlops, p.Share, j.Peak)
		}
	}
	if want := []int{8, 32, 64, 128, 256, 512, 1024}; !slices.Equal(units, want) {
		t.Errorf("products of %v units, want %v", units, want)
	}
	var models []string
	for _, m := range j.Models {
		models = append(models, m.Model)
		if m.Step <= 0 || m.Read <= 0 || m.Threads != 1 && m.Threads != j.Threads {
			t.Errorf("%+v", m)
		}
	}
	if got := strings.Join(slices.Compact(models), " "); got != "onehot rnn lstm gru" {
		t.Errorf("models %s", got)
	}
	if j.Cell <= 0 || j.Latency <= 0 {
		t.Errorf("%v ns a gate element, latency %v ms", j.Cell, j.Latency)
	}
}

// TestBenchKernel builds models with the kernels asked for, and leaves the
// environment as it was.
func TestBenchKernel(t *testing.T) {
	t.Setenv(kernelVariable, "before")
	b := &bencher{kernels: kernel.Go{}}
	m, err := b.model("lstm", 1)
	if err != nil {
		t.Fatal(err)
	}
	if m.Kernel() != "go" || os.Getenv(kernelVariable) != "before" {
		t.Errorf("kernels %s, want go; then %s=%s, want before", m.Kernel(), kernelVariable, os.Getenv(kernelVariable))
	}
}

// TestBenchSample wants times of single calls, however many were timed at once.
func TestBenchSample(t *testing.T) {
	b := &bencher{s: newSession(context.Background(), Streams{}), time: 20 * time.Millisecond}
	const nap = 2 * time.Millisecond
	times, err := b.sample(func() error {
		time.Sleep(nap)
		return nil
	})
	if err != nil || len(times) < 3 || !slices.IsSorted(times) || times[0] < nap.Seconds() {
		t.Errorf("%v, %v: want 3 or more of %v at least", times, err, nap)
	}
}

// TestBenchInterrupted ends at once.
func TestBenchInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if code, out, _ := command(ctx, "bench"); code != exitInterrupted || out != "" {
		t.Errorf("exit code %d, output %q; want %d and none", code, out, exitInterrupted)
	}
}
