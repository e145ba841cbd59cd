package keras

import (
	"encoding/json"

	"recurve/activation"
	"recurve/layer"
)

// Layers around others, and layers without weights.

type timeDistributedConfig struct {
	Name  string `json:"name"`
	Layer object `json:"layer"`
}

type activationConfig struct {
	Name       string `json:"name"`
	Activation choice `json:"activation"`
}

type maskingConfig struct {
	Name      string `json:"name"`
	MaskValue float  `json:"mask_value"`
}

type flattenConfig struct {
	Name string `json:"name"`
}

func (r *reader) timeDistributed(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c timeDistributedConfig
	a := r.newArguments(where, raw, &c)
	a.base()
	if a.err != nil {
		return nil, a
	}
	var inner struct{ Name string }
	b := r.newArguments(where, c.Layer.Config, &inner)
	if a.fail(b.err); a.err != nil {
		return nil, a
	}
	switch c.Layer.ClassName {
	case "Dense", "Dropout", "Activation":
	default:
		a.unsupported("layer", c.Layer.ClassName, "Recurve distributes Dense, Dropout and Activation")
		return nil, a
	}
	l, err := r.layerAt(whereLayer(inner.Name, c.Layer.ClassName)+" in "+where, c.Layer)
	a.fail(err)
	return layer.TimeDistributed{Name: c.Name, Layer: l}, a
}

func (r *reader) activationLayer(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c activationConfig
	a := r.newArguments(where, raw, &c)
	a.base()
	return layer.Activation{Name: c.Name, Activation: a.activation("activation", c.Activation, activation.Linear)}, a
}

func (r *reader) masking(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c maskingConfig
	a := r.newArguments(where, raw, &c)
	a.base()
	return layer.Masking{Name: c.Name, MaskValue: float64(c.MaskValue)}, a
}

func (r *reader) flatten(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c flattenConfig
	a := r.newArguments(where, raw, &c)
	a.base()
	if format := a.all["data_format"]; string(format) == `"channels_first"` {
		a.unsupported("data_format", string(format), "Recurve has features last")
	}
	return layer.Flatten{Name: c.Name}, a
}

// inner is the operator inside a TimeDistributed.
func inner(op layer.Operator) layer.Operator {
	return op.(interface{ Inner() layer.Operator }).Inner()
}
