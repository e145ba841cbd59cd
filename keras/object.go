package keras

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// object is Keras' form of a thing in JSON: its class and the arguments that
// make it again.
type object struct {
	Module         string          `json:"module"`
	ClassName      string          `json:"class_name"`
	Config         json.RawMessage `json:"config"`
	RegisteredName *string         `json:"registered_name"`
}

// keras reports whether the class is Keras' own, rather than one that a user
// has registered under the same name.
func (o *object) keras() bool {
	switch root, _, _ := strings.Cut(o.Module, "."); root {
	case "", "builtins", "keras", "tf_keras":
	default:
		return false
	}
	r := o.RegisteredName
	return r == nil || *r == "" || *r == o.ClassName
}

// choice is a value that Keras writes by name, or as an object where it has
// arguments: an activation, an initializer, a loss.
type choice struct {
	Name   string          // of the class or function; "" where there is none
	Module string          // Keras' home of the class; needed to write an object
	Config json.RawMessage // the arguments; nil where it is written by name

	raw json.RawMessage // as it was read
}

// UnmarshalJSON takes a name, {"class_name", "config"}, Keras 3's full object,
// the object form of a function, or null. What is none of these, and what is
// not Keras' own, keeps a name that nothing has.
func (c *choice) UnmarshalJSON(b []byte) error {
	*c = choice{}
	if string(b) == "null" {
		return nil
	}
	c.raw = slices.Clone(b)
	switch b[0] {
	case '"':
		return json.Unmarshal(b, &c.Name)
	case '{':
		var o object
		if err := json.Unmarshal(b, &o); err != nil {
			return err
		}
		c.Name, c.Config = o.ClassName, o.Config
		if o.ClassName == "function" {
			c.Config = nil
			if err := json.Unmarshal(o.Config, &c.Name); err != nil {
				c.Name = string(b)
			}
		}
		if c.Name == "" || !o.keras() {
			c.Name = string(b)
		}
	default:
		c.Name = string(b)
	}
	return nil
}

// MarshalJSON writes the name, or the object.
func (c choice) MarshalJSON() ([]byte, error) {
	if c.Config == nil {
		return json.Marshal(c.Name)
	}
	return json.Marshal(object{Module: c.Module, ClassName: c.Name, Config: c.Config})
}

// IsZero reports whether there is no value.
func (c choice) IsZero() bool { return c.Name == "" }

// same reports whether the choice is the class called class, or its name in
// snake case, as Keras takes either.
func (c choice) same(class string) bool {
	return squeeze(c.Name) == squeeze(class)
}

func squeeze(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// float is a number that is written with a point, as Keras' checks want a
// Python float where a float is due.
type float float64

// MarshalJSON writes the shortest form.
func (f float) MarshalJSON() ([]byte, error) {
	v := float64(f)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, fmt.Errorf("%v cannot be written in JSON", v)
	}
	b := strconv.AppendFloat(nil, v, 'g', -1, 64)
	if !slices.ContainsFunc(b, func(c byte) bool { return c == '.' || c == 'e' }) {
		b = append(b, ".0"...)
	}
	return b, nil
}

// shown is a JSON value for an error message: an object by its class, anything
// else not too long.
func shown(raw json.RawMessage) string {
	const most = 60
	if bytes.HasPrefix(raw, []byte("{")) {
		var c choice
		if json.Unmarshal(raw, &c) == nil && c.Name != "" {
			raw = json.RawMessage(c.Name)
		}
	}
	if len(raw) <= most {
		return string(raw)
	}
	return strings.ToValidUTF8(string(raw[:most]), "") + "..."
}
