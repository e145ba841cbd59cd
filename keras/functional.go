package keras

import (
	"encoding/json"
	"fmt"
	"strings"
)

// functionalConfig are the arguments of a Functional model.
type functionalConfig struct {
	Name         string            `json:"name"`
	Layers       []functionalLayer `json:"layers"`
	InputLayers  json.RawMessage   `json:"input_layers"`
	OutputLayers json.RawMessage   `json:"output_layers"`
}

// functionalLayer is a layer, and what it is called on.
type functionalLayer struct {
	object
	Name         string            `json:"name"`
	InboundNodes []json.RawMessage `json:"inbound_nodes"`

	from string // the layer whose output it takes; "" for an input
	mask string // the operation whose output is its mask; "" for none
	with json.RawMessage
}

// chain reads a Functional model whose layers follow each other, as a Sequential.
// The operations that make masks are left out: a layer that makes a mask makes
// it here too.
func (r *reader) chain(raw json.RawMessage) (*sequentialConfig, error) {
	var c functionalConfig
	a := r.newArguments("the model", raw, &c)
	a.base()
	if len(c.Layers) > maxLayers {
		a.damaged("it has %d layers; the most that is read is %d", len(c.Layers), maxLayers)
	}
	byName := map[string]*functionalLayer{}
	after := map[string][]*functionalLayer{} // by the layer before
	for i := range c.Layers {
		l := &c.Layers[i]
		if l.Name == "" || byName[l.Name] != nil {
			a.damaged("layer %d: expected a name of its own, got %q", i+1, l.Name)
		}
		byName[l.Name] = l
		r.inbound(a, l)
		after[l.from] = append(after[l.from], l)
	}
	first, last := one(c.InputLayers), one(c.OutputLayers)
	if a.err == nil && (first == "" || last == "") {
		a.unsupported("class_name", "Functional", notChain("it has not one input and one output"))
	}
	if a.err != nil {
		return nil, a.err
	}
	w := walk{arguments: a, after: after, used: map[*functionalLayer]bool{}}
	out := &sequentialConfig{Name: c.Name}
	for at := byName[first]; ; {
		if at == nil || w.used[at] {
			a.unsupported("class_name", "Functional", notChain(fmt.Sprintf("no way leads from %q to %q", first, last)))
			return nil, a.err
		}
		w.used[at] = true
		w.checkMask(at)
		out.Layers = append(out.Layers, at.object)
		if at.Name == last {
			break
		}
		at = w.next(at)
	}
	for i := range c.Layers {
		if l := &c.Layers[i]; !w.used[l] {
			a.unsupported("class_name", "Functional", notChain(fmt.Sprintf("layer %q (%s) stands beside the others", l.Name, l.ClassName)))
		}
	}
	return out, a.err
}

// notChain says why a Functional model cannot be read.
func notChain(why string) string { return "Recurve has chains of layers, and here " + why }

// walk follows the chain from layer to layer.
type walk struct {
	*arguments
	after map[string][]*functionalLayer
	used  map[*functionalLayer]bool
	mask  string // the operation that has made the mask in force
}

// next is the layer that takes at's output; nil where there is not just one.
func (w *walk) next(at *functionalLayer) *functionalLayer {
	var next *functionalLayer
	for _, l := range w.after[at.Name] {
		if l.isMask() {
			continue
		}
		if next != nil {
			w.unsupported("class_name", "Functional", notChain(fmt.Sprintf("layers %q and %q both take the output of %q", next.Name, l.Name, at.Name)))
			return nil
		}
		next = l
	}
	if next != nil {
		w.makeMask(at, next)
	}
	return next
}

// isMask reports whether it is one of the operations that compute a mask. In a .h5
// file they have no module.
func (l *functionalLayer) isMask() bool {
	return (l.ClassName == "NotEqual" || l.ClassName == "Any") && (l.Module == "" || strings.Contains(l.Module, "ops"))
}

// makeMask marks the operations on at's output by which l makes its mask.
func (w *walk) makeMask(at, l *functionalLayer) {
	var c struct {
		MaskZero  bool             `json:"mask_zero"`
		MaskValue *json.RawMessage `json:"mask_value"`
	}
	if json.Unmarshal(l.Config, &c) != nil {
		return // reading the layer will tell
	}
	value := "0"
	switch {
	case l.ClassName == "Embedding" && c.MaskZero:
	case l.ClassName == "Masking" && c.MaskValue != nil:
		value = string(*c.MaskValue)
	default:
		return
	}
	for _, o := range w.after[at.Name] {
		if !o.isMask() || o.ClassName != "NotEqual" || !sameNumber(string(o.with), value) {
			continue
		}
		w.used[o], w.mask = true, o.Name
		for _, any := range w.after[o.Name] {
			if l.ClassName == "Masking" && any.ClassName == "Any" && any.isMask() {
				w.used[any], w.mask = true, any.Name
			}
		}
	}
}

// checkMask refuses a mask that the chain would not make by itself.
func (w *walk) checkMask(l *functionalLayer) {
	if l.mask != "" && l.mask != w.mask {
		w.where = whereLayer(l.Name, l.ClassName)
		w.unsupported("mask", fmt.Sprintf("%q", l.mask), "Recurve masks what an Embedding with mask_zero, or a Masking, in front of the layer masks")
	}
}

func sameNumber(a, b string) bool {
	var x, y float64
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && x == y
}

// one is the name of the only layer in a model's list of inputs or outputs:
// ["name", 0, 0], or the same in a list or an object; "" where there are more.
func one(raw json.RawMessage) string {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		var byName map[string]json.RawMessage
		if json.Unmarshal(raw, &byName) != nil || len(byName) != 1 {
			return ""
		}
		for _, v := range byName {
			return history(v)
		}
	}
	if len(list) == 1 {
		return one(list[0])
	}
	return history(raw)
}

// history is the layer in ["name", node, tensor], its first output of its first
// call; else "".
func history(raw json.RawMessage) string {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || len(list) < 3 || string(list[1]) != "0" || string(list[2]) != "0" {
		return ""
	}
	var name string
	if json.Unmarshal(list[0], &name) != nil {
		return ""
	}
	return name
}

// inbound reads what a layer is called on.
func (r *reader) inbound(a *arguments, l *functionalLayer) {
	nodes := l.InboundNodes
	if len(nodes) == 0 {
		return // an input
	}
	where := whereLayer(l.Name, l.ClassName)
	b := &arguments{where: where, reader: r, all: map[string]json.RawMessage{}}
	switch {
	case len(nodes) > 1:
		b.unsupported("inbound_nodes", fmt.Sprintf("%d calls", len(nodes)), notChain("it is called more than once"))
	case nodes[0][0] == '[':
		inbound2(b, l, nodes[0])
	default:
		inbound3(b, l, nodes[0])
	}
	a.fail(b.err)
}

// inbound3 reads a call as Keras 3 writes it.
func inbound3(a *arguments, l *functionalLayer, raw json.RawMessage) {
	var call struct {
		Args   []json.RawMessage          `json:"args"`
		KWArgs map[string]json.RawMessage `json:"kwargs"`
	}
	if err := json.Unmarshal(raw, &call); err != nil {
		a.damaged("inbound_nodes: %s", jsonProblem(err))
		return
	}
	args := call.Args
	if l.isMask() && l.ClassName == "NotEqual" && len(args) == 2 {
		l.with, args = args[1], args[:1]
	}
	if len(args) == 1 {
		l.from = tensorFrom(args[0])
	}
	if l.from == "" {
		a.unsupported("inbound_nodes", shown(raw), notChain("it does not take one layer's output"))
	}
	for name, v := range call.KWArgs {
		if name == "mask" {
			if l.mask = tensorFrom(v); l.mask != "" {
				continue
			}
		}
		if !idle(v) {
			a.unsupported(name, shown(v), "an argument of the layer's call")
		}
	}
}

// tensorFrom is the layer that a tensor comes from; "" for anything else.
func tensorFrom(raw json.RawMessage) string {
	var t struct {
		ClassName string `json:"class_name"`
		Config    struct {
			History json.RawMessage `json:"keras_history"`
		} `json:"config"`
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && len(list) == 1 {
		raw = list[0]
	}
	if json.Unmarshal(raw, &t) != nil || t.ClassName != "__keras_tensor__" {
		return ""
	}
	return history(t.Config.History)
}

// inbound2 reads a call as Keras 2 writes it: a list of the inputs.
func inbound2(a *arguments, l *functionalLayer, raw json.RawMessage) {
	var inputs []json.RawMessage
	if err := json.Unmarshal(raw, &inputs); err != nil {
		a.damaged("inbound_nodes: %s", jsonProblem(err))
		return
	}
	if len(inputs) == 1 {
		l.from = history(inputs[0])
	}
	if l.from == "" {
		a.unsupported("inbound_nodes", shown(raw), notChain("it does not take one layer's output"))
		return
	}
	var parts []json.RawMessage
	if json.Unmarshal(inputs[0], &parts) != nil || len(parts) < 4 {
		return
	}
	var kwargs map[string]json.RawMessage
	if err := json.Unmarshal(parts[3], &kwargs); err != nil {
		a.damaged("inbound_nodes: %s", jsonProblem(err))
		return
	}
	for name, v := range kwargs {
		if !idle(v) {
			a.unsupported(name, shown(v), "an argument of the layer's call")
		}
	}
}
