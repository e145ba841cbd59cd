// Command recurve, in bench, is Recurve's side of the comparison with its
// peers: run.py starts it beside the Python scripts of bench/peers, which do
// the same work and speak the same way.
//
//	recurve run ROW.json         one row of the table, a round whenever asked
//	recurve data DIR SHAPE...    the reviews that all sides work on
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
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
		r, err := readRow(args[1])
		if err != nil {
			return err
		}
		if err := r.work(t); !errors.Is(err, errOver) {
			return err
		}
		return nil
	case len(args) > 2 && args[0] == "data":
		return writeData(args[1], args[2:], t)
	}
	return errors.New("wrong usage: want run ROW.json, or data DIR and shapes such as 500x100x25000")
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
