package keras

import "encoding/json"

// The JSON of config.json, as it is written: an argument that has Keras'
// default is left out, and so is one whose meaning could differ between
// versions. Reading takes more forms than these; see configread.go.

// model is the whole of config.json.
type model struct {
	object
	CompileConfig json.RawMessage `json:"compile_config,omitempty"`
}

// sequentialConfig are the arguments of a Sequential model.
type sequentialConfig struct {
	Name   string   `json:"name"`
	Layers []object `json:"layers"`
	// BuildInputShape is the input's shape where no InputLayer says it, the
	// batch first.
	BuildInputShape json.RawMessage `json:"build_input_shape,omitempty"`
}

type inputConfig struct {
	BatchShape      json.RawMessage `json:"batch_shape,omitempty"`
	BatchInputShape json.RawMessage `json:"batch_input_shape,omitempty"` // Keras 2's name of it
	DType           string          `json:"dtype"`
	Name            string          `json:"name"`
}

type embeddingConfig struct {
	Name                  string `json:"name"`
	InputDim              int    `json:"input_dim"`
	OutputDim             int    `json:"output_dim"`
	EmbeddingsInitializer choice `json:"embeddings_initializer,omitzero"`
	boundsConfig
	MaskZero bool `json:"mask_zero,omitempty"`
}

type denseConfig struct {
	Name              string `json:"name"`
	Units             int    `json:"units"`
	Activation        choice `json:"activation,omitzero"`
	UseBias           *bool  `json:"use_bias,omitempty"`
	KernelInitializer choice `json:"kernel_initializer,omitzero"`
	BiasInitializer   choice `json:"bias_initializer,omitzero"`
	boundsConfig
}

type dropoutConfig struct {
	Name string `json:"name"`
	Rate float  `json:"rate"`
}

// recurrentConfig are the arguments that SimpleRNN, LSTM and GRU share.
type recurrentConfig struct {
	Name                 string `json:"name"`
	ReturnSequences      bool   `json:"return_sequences,omitempty"`
	GoBackwards          bool   `json:"go_backwards,omitempty"`
	ZeroOutputForMask    bool   `json:"zero_output_for_mask,omitempty"`
	Units                int    `json:"units"`
	Activation           choice `json:"activation,omitzero"`
	UseBias              *bool  `json:"use_bias,omitempty"`
	KernelInitializer    choice `json:"kernel_initializer,omitzero"`
	RecurrentInitializer choice `json:"recurrent_initializer,omitzero"`
	BiasInitializer      choice `json:"bias_initializer,omitzero"`
	boundsConfig
	Dropout          float `json:"dropout,omitzero"`
	RecurrentDropout float `json:"recurrent_dropout,omitzero"`
}

type lstmConfig struct {
	recurrentConfig
	RecurrentActivation choice `json:"recurrent_activation,omitzero"`
	UnitForgetBias      *bool  `json:"unit_forget_bias,omitempty"`
}

type gruConfig struct {
	recurrentConfig
	RecurrentActivation choice `json:"recurrent_activation,omitzero"`
	ResetAfter          *bool  `json:"reset_after,omitempty"`
}

type bidirectionalConfig struct {
	Name          string  `json:"name"`
	MergeMode     *string `json:"merge_mode"` // null asks for two outputs
	Layer         object  `json:"layer"`
	BackwardLayer *object `json:"backward_layer,omitempty"`
}

// The arguments of initializers.
type constantConfig struct {
	Value float `json:"value"`
}

type uniformConfig struct {
	MinVal float `json:"minval"`
	MaxVal float `json:"maxval"`
}

type normalConfig struct {
	Mean   float `json:"mean"`
	StdDev float `json:"stddev"`
}

type orthogonalConfig struct {
	Gain float `json:"gain"`
}

// compileConfig is how a model was compiled.
type compileConfig struct {
	Optimizer       choice          `json:"optimizer,omitzero"`
	Loss            choice          `json:"loss"`
	Metrics         json.RawMessage `json:"metrics,omitempty"`
	WeightedMetrics json.RawMessage `json:"weighted_metrics,omitempty"`
}
