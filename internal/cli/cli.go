// Package cli owns the command line: flags, progress, tables and exit codes. A
// command is one file; what several of them share stands in the files named
// for it.
//
// Results go to standard output, progress and remarks to standard error. The
// exit code is 0 when the work is done, 1 when it failed (with one line on
// standard error: what, where, what to do), 2 for wrong usage and 130 after an
// interrupt.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// Streams are where a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// grammar is the command line. Each command's flags stand in its own file.
type grammar struct {
	Train    trainCmd    `cmd:"" help:"Train a model; with no DATA, on the IMDB film reviews."`
	Fit      fitCmd      `cmd:"" help:"Go on training a compiled model file on NumPy's arrays."`
	Compare  compareCmd  `cmd:"" help:"Train several models alike and set them side by side."`
	Data     dataCmd     `cmd:"" help:"Look at a data set: counts, lengths, labels, a few texts."`
	Evaluate evaluateCmd `cmd:"" help:"Measure a model's loss and metrics on a data set or on arrays."`
	Predict  predictCmd  `cmd:"" help:"Judge texts: the label and its probability; or predict from arrays."`
	Inspect  inspectCmd  `cmd:"" help:"Look into a model file: layers, settings, where it was trained."`
	Convert  convertCmd  `cmd:"" help:"Write a model file in another of Keras' forms: .keras, .h5, .weights.h5."`
	Export   exportCmd   `cmd:"" help:"Write a model for other programs, as ONNX."`
	Bench    benchCmd    `cmd:"" help:"Measure how fast this machine trains."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

const description = "Recurrent networks for sequences: train, look inside, keep and ask them.\n\n" +
	"Begin with: recurve train"

// Run runs one command line, without the program's name, and returns the exit
// code. The context's end interrupts the command: what is worth keeping is
// kept.
func Run(ctx context.Context, args []string, streams Streams) int {
	s := newSession(ctx, streams)
	return s.finish(s.run(args))
}

// usageError is an error that the person can only mend on the command line.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run parses the arguments and runs the command that they name.
func (s *session) run(args []string) error {
	left := false // help was printed, where kong expects the program to end
	var g grammar
	k, err := kong.New(&g, kong.Name("recurve"), kong.Description(description),
		kong.Writers(s.out, s.err), kong.Exit(func(int) { left = true }), kong.Vars(flagVars()),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: min(s.out.width(), 100)}))
	if err != nil {
		return err
	}
	switch {
	case len(args) == 0:
		k.Stdout = s.err
		if _, err := k.Parse([]string{"--help"}); err != nil && !left {
			return err
		}
		return usageError{errors.New("no command given")}
	case args[0] == "help":
		args = append(slices.Clone(args[1:]), "--help")
	}
	command, err := k.Parse(args)
	if left {
		return nil
	}
	if err != nil {
		return usageError{s.explain(k, args, err)}
	}
	return command.Run(s)
}

// explain adds to a mistake on the command line what to do about it.
func (s *session) explain(k *kong.Kong, args []string, err error) error {
	var names []string
	for _, c := range k.Model.Children {
		names = append(names, c.Name)
	}
	switch {
	case slices.Contains(names, args[0]):
		return fmt.Errorf("%s: %w; see recurve %s --help", args[0], err, args[0])
	case strings.HasPrefix(args[0], "-"):
		return fmt.Errorf("%w; see recurve --help", err)
	}
	return fmt.Errorf("unknown command %q: the commands are %s", args[0], strings.Join(names, ", "))
}

// finish reports a command's error in one line and returns the exit code.
func (s *session) finish(err error) int {
	if err == nil {
		err = s.out.failed
	}
	var usage usageError
	code := exitFailed
	switch {
	case err == nil:
		return exitDone
	case s.interrupted(err):
		fmt.Fprintln(s.err, "recurve: interrupted")
		return exitInterrupted
	case errors.As(err, &usage):
		code = exitUsage
	}
	s.note("recurve: %s", oneLine(err))
	return code
}
