// Command recurve, in bench, is Recurve's side of the comparison with its
// peers: run.py starts it beside the Python scripts of bench/peers, which do
// the same work and speak the same way.
//
//	recurve run ROW.json [PROFILE]   one row of the table, a round whenever
//	                                 asked; PROFILE becomes a profile for pprof
//	recurve data DIR SHAPE...        the reviews that all sides work on
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/pprof"

	"recurve/internal/atomicfile"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench/recurve:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	t := &turns{in: bufio.NewReader(in), out: json.NewEncoder(out)}
	switch {
	case len(args) == 2 && args[0] == "run":
		return workOn(args[1], t)
	case len(args) == 3 && args[0] == "run":
		return profiled(args[2], func() error { return workOn(args[1], t) })
	case len(args) > 2 && args[0] == "data":
		return writeData(args[1], args[2:], t)
	}
	return errors.New("wrong usage: want run ROW.json [PROFILE], or data DIR and shapes such as 500x100x25000")
}

// workOn does the rounds of the row in a file.
func workOn(file string, t *turns) error {
	r, err := readRow(file)
	if err != nil {
		return err
	}
	if err := r.work(t); !errors.Is(err, errOver) {
		return err
	}
	return nil
}

// profiled writes a profile of the processors' work in f.
func profiled(file string, f func() error) error {
	return atomicfile.Write(file, func(w io.Writer) error {
		if err := pprof.StartCPUProfile(w); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
		return f()
	})
}

// turns is the conversation with run.py: a line comes in when it is this
// side's turn, a JSON object goes out when the work is done. The end of the
// input ends the work.
type turns struct {
	in  *bufio.Reader
	out *json.Encoder
}

// errOver says that no more rounds are wanted.
var errOver = errors.New("no more rounds")

// wait returns when the next round is to begin.
func (t *turns) wait() error {
	_, err := t.in.ReadString('\n')
	if errors.Is(err, io.EOF) {
		return errOver
	}
	return err
}

func (t *turns) say(fields map[string]any) error { return t.out.Encode(fields) }
