package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be the command, under the name recurve.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"recurve": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		context.AfterFunc(ctx, stop)
		os.Exit(Run(ctx, os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
	}})
}

// TestScripts runs the scripts in testdata/script. In those that begin with
// imdb the reviews of RECURVE_DATA are at hand, in the others nowhere to be had.
func TestScripts(t *testing.T) {
	skipShort(t)
	data := os.Getenv("RECURVE_DATA")
	fit, err := filepath.Abs(fitFixtures)
	if err != nil {
		t.Fatal(err)
	}
	conv, err := filepath.Abs("../../keras/testdata/conv1d.keras")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, ".cache"))
			e.Setenv("RECURVE_DATA", "")
			e.Setenv("IMDB", data)
			e.Setenv("FIT", fit)
			e.Setenv("CONV", conv)
			for _, proxy := range []string{"HTTPS_PROXY", "https_proxy"} {
				e.Setenv(proxy, "http://127.0.0.1:1") // nobody listens: there is no network
			}
			return nil
		},
		Condition: func(name string) (bool, error) { return name == "imdb" && data != "", nil },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"half":   half,
			"repeat": repeat,
		},
	})
}

// skipShort leaves out, with -short, what takes minutes under the race
// detector: pictures, above all.
func skipShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("left out with -short")
	}
}

// exits runs a command and wants an exit code: exits CODE COMMAND ARG...
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s: exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
	if lines := strings.Count(ts.ReadFile("stderr"), "recurve: "); want != 0 && lines != 1 {
		ts.Fatalf("%s: %d error lines on standard error, want 1", strings.Join(args[1:], " "), lines)
	}
}

// half copies the first half of a file: half IN OUT.
func half(ts *testscript.TestScript, _ bool, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b[:len(b)/2], 0o644))
}

// repeat writes a text many times: repeat N TEXT FILE.
func repeat(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.Repeat(args[1], n)), 0o644))
}
