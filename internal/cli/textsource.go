package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// longestText is the most bytes of a text that are judged; a book has about
// as many.
const longestText = 1 << 20

// textItem is one text, or why there is none.
type textItem struct {
	text    string
	where   string // "reviews.txt:3"; empty for a text alone
	problem string
}

// textSource reads texts, one a line.
type textSource struct {
	given []textItem // instead of a reader
	r     *bufio.Reader
	c     io.Closer
	name  string
	line  int
}

func newTextSource(r io.Reader, name string) *textSource {
	t := &textSource{r: bufio.NewReaderSize(r, 64<<10), name: name}
	t.c, _ = r.(io.Closer)
	return t
}

// givenTexts are the texts of the command line.
func givenTexts(texts []string) *textSource {
	t := &textSource{}
	for i, s := range texts {
		item := textItem{text: s}
		if len(texts) > 1 {
			item.where = fmt.Sprintf("text %d", i+1)
		}
		if len(s) > longestText {
			item.text, item.problem = "", tooLong(int64(len(s)), false)
		}
		t.given = append(t.given, item)
	}
	return t
}

func (t *textSource) close() {
	if t.c != nil {
		t.c.Close()
	}
}

// Texts are judged together up to these numbers of texts and bytes.
const (
	textsAtOnce = 1024
	bytesAtOnce = 8 << 20
)

// next returns the next texts: many where they are there already, but none is
// kept waiting for others to arrive. At the end the error is io.EOF, also along
// with the last texts.
func (t *textSource) next() ([]textItem, error) {
	if t.r == nil {
		return t.given, io.EOF
	}
	var out []textItem
	for bytes := 0; len(out) < textsAtOnce && bytes < bytesAtOnce; {
		item, err := t.read()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				err = fmt.Errorf("%s: %w", t.name, err)
			}
			return out, err
		}
		out = append(out, item)
		if bytes += len(item.text); t.r.Buffered() == 0 {
			break
		}
	}
	return out, nil
}

// read reads a line. Of one that is too long the rest is passed over.
func (t *textSource) read() (textItem, error) {
	var line []byte
	size, cut := int64(0), false
	for {
		part, err := t.r.ReadSlice('\n')
		size += int64(len(part))
		if size <= longestText+2 { // with the line's end
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			if size < longestRead {
				continue
			}
			err, cut = nil, true
		}
		if err != nil && (!errors.Is(err, io.EOF) || size == 0) {
			return textItem{}, err
		}
		break
	}
	t.line++
	item := textItem{where: fmt.Sprintf("%s:%d", t.name, t.line), text: strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")}
	if t.line == 1 {
		item.text = strings.TrimPrefix(item.text, "\ufeff")
	}
	if size > longestText+2 || len(item.text) > longestText {
		item.text, item.problem = "", tooLong(size, cut)
	}
	if cut {
		return item, fmt.Errorf("line %d: %s", t.line, item.problem)
	}
	return item, nil
}

// longestRead is how far the end of a line that is too long is looked for.
const longestRead = 1 << 30

func tooLong(bytes int64, cut bool) string {
	over := ""
	if cut {
		over = "over "
	}
	return fmt.Sprintf("the text has %s%s: at most %s are judged; split it", over, size(bytes), size(longestText))
}

// interruptible is a reader that the end of a context interrupts.
type interruptible struct {
	ctx  context.Context
	r    io.Reader
	buf  []byte
	left []byte // of buf, still to be handed out
}

// Read implements [io.Reader].
func (i *interruptible) Read(p []byte) (int, error) {
	if len(i.left) > 0 {
		n := copy(p, i.left)
		i.left = i.left[n:]
		return n, nil
	}
	type result struct {
		n   int
		err error
	}
	if i.buf == nil {
		i.buf = make([]byte, 64<<10)
	}
	done := make(chan result, 1)
	r, buf := i.r, i.buf
	go func() {
		n, err := r.Read(buf)
		done <- result{n, err}
	}()
	select {
	case <-i.ctx.Done():
		i.r, i.buf = eof{}, nil // the read may still be at work on the buffer
		return 0, i.ctx.Err()
	case r := <-done:
		n := copy(p, i.buf[:r.n])
		i.left = i.buf[n:r.n]
		return n, r.err
	}
}

type eof struct{}

// Read implements [io.Reader].
func (eof) Read([]byte) (int, error) { return 0, io.EOF }
