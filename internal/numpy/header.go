package numpy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// parseHeader reads the Python dictionary of a .npy header, such as
//
//	{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
//
// with its three keys in any order.
func parseHeader(text string) (header, error) {
	p := &literal{rest: text}
	var h header
	seen := map[string]bool{}
	if !p.take("{") {
		return h, errors.New("it is not a dictionary")
	}
	for !p.take("}") {
		key, err := p.quoted()
		if err != nil {
			return h, err
		}
		if seen[key] {
			return h, fmt.Errorf("%s is given twice", key)
		}
		seen[key] = true
		if !p.take(":") {
			return h, fmt.Errorf("no value for %s", key)
		}
		switch key {
		case "descr":
			h.descr, err = p.descr()
		case "fortran_order":
			h.fortran, err = p.truth()
		case "shape":
			h.shape, err = p.shape()
		default:
			err = fmt.Errorf("key %q is not known", cut(key, 40))
		}
		if err != nil {
			return h, err
		}
		if !p.take(",") && !strings.HasPrefix(p.rest, "}") {
			return h, errors.New("the dictionary has no end")
		}
	}
	if p.skip(); p.rest != "" {
		return h, errors.New("there is more after the dictionary")
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return h, fmt.Errorf("%s is missing", key)
		}
	}
	return h, nil
}

// literal reads the few Python literals a header is made of.
type literal struct{ rest string }

func (p *literal) skip() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// take steps over token, where it comes next.
func (p *literal) take(token string) bool {
	p.skip()
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok {
		p.rest = rest
		p.skip()
	}
	return ok
}

func (p *literal) quoted() (string, error) {
	p.skip()
	p.rest = strings.TrimPrefix(p.rest, "u") // Python 2 wrote u'descr' at times
	if p.rest == "" || p.rest[0] != '\'' && p.rest[0] != '"' {
		return "", errors.New("a quoted name was expected")
	}
	text, rest, ok := strings.Cut(p.rest[1:], p.rest[:1])
	if !ok || strings.Contains(text, `\`) {
		return "", errors.New("a quoted name has no end")
	}
	p.rest = rest
	return text, nil
}

// descr is the type's name, or "" for the list that describes a structure.
func (p *literal) descr() (string, error) {
	if !strings.HasPrefix(p.rest, "[") {
		s, err := p.quoted()
		if err == nil && s == "" {
			err = errors.New("descr is empty")
		}
		return s, err
	}
	depth := 0
	for i, c := range p.rest {
		switch c {
		case '[', '(':
			depth++
		case ']', ')':
			if depth--; depth == 0 {
				p.rest = p.rest[i+1:]
				return "", nil
			}
		}
	}
	return "", errors.New("descr has no end")
}

func (p *literal) truth() (bool, error) {
	switch {
	case p.take("True"):
		return true, nil
	case p.take("False"):
		return false, nil
	}
	return false, errors.New("fortran_order is neither True nor False")
}

func (p *literal) shape() ([]int, error) {
	shape := []int{}
	if !p.take("(") {
		return nil, errors.New("shape is not a tuple")
	}
	for !p.take(")") {
		end := strings.IndexAny(p.rest, ",)")
		if end < 0 {
			return nil, errors.New("shape has no end")
		}
		// Python 2 wrote long lengths as 25000L.
		number := strings.TrimSuffix(strings.TrimSpace(p.rest[:end]), "L")
		d, err := strconv.ParseUint(number, 10, 63)
		if err != nil || uint64(int(d)) != d {
			return nil, fmt.Errorf("shape: %q is not a length", cut(number, 40))
		}
		if shape = append(shape, int(d)); len(shape) > maxRank {
			return nil, fmt.Errorf("shape has more than %d axes", maxRank)
		}
		p.rest = p.rest[end:]
		p.take(",")
	}
	return shape, nil
}
