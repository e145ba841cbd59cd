package cli

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"recurve/layer"
)

// argument is one of a layer's or an optimizer's arguments that is not Keras'
// default, under Keras' name.
type argument struct {
	name  string
	value any
}

// arguments are those that a description sets. Names follow from the fields';
// a field that says no to what Keras has by default is turned round.
func arguments(description any) []argument {
	v := reflect.ValueOf(description)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	var out []argument
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			out = append(out, arguments(v.Field(i).Interface())...)
			continue
		}
		if !f.IsExported() || f.Name == "Name" || v.Field(i).IsZero() {
			continue
		}
		a := argument{layer.SnakeCase(f.Name), plain(v.Field(i))}
		switch {
		case f.Name == "ResetBefore":
			a = argument{"reset_after", false}
		case f.Name == "NoBias":
			a = argument{"use_bias", false}
		case strings.HasPrefix(f.Name, "No") && f.Type.Kind() == reflect.Bool:
			a = argument{layer.SnakeCase(f.Name[2:]), false}
		}
		out = append(out, a)
	}
	return out
}

// plain is a field's value as JSON and people take it: a number, a truth value
// or a name.
func plain(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case interface{ ClassName() string }:
		return describeObject(x.ClassName(), arguments(x))
	case fmt.Stringer:
		return x.String()
	default:
		return x
	}
}

func describeObject(class string, args []argument) string {
	if len(args) == 0 {
		return class
	}
	return class + "(" + joinArguments(args) + ")"
}

// joinArguments writes arguments as Python does.
func joinArguments(args []argument) string {
	var out []string
	for _, a := range args {
		v := fmt.Sprint(a.value)
		if _, ok := a.value.(bool); ok {
			v = strings.ToUpper(v[:1]) + v[1:] // True, False
		}
		out = append(out, a.name+"="+v)
	}
	return strings.Join(out, ", ")
}

func asMap(args []argument) map[string]any {
	out := map[string]any{}
	for _, a := range args {
		out[a.name] = a.value
	}
	return out
}

// shortest is the decimal number with the fewest digits that is v in float32.
func shortest(v float32) float64 {
	out, err := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
	if err != nil {
		return float64(v)
	}
	return out
}
