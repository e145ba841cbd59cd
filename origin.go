package recurve

import "time"

// Origin says where a model's weights come from. It travels in the model's
// file.
type Origin struct {
	// Data is the name of the training data, such as "imdb".
	Data string `json:"data"`
	// Samples and Validation are the numbers of samples trained on and held
	// out.
	Samples    int `json:"samples"`
	Validation int `json:"validation,omitempty"`
	// Epoch is how many epochs the weights were trained.
	Epoch int `json:"epoch"`
	// Logs are that epoch's values.
	Logs Logs `json:"logs,omitempty"`
	// Seed of the initial weights, the order of samples and the split.
	Seed uint64 `json:"seed"`
	// Kernel set and number of threads that did the work.
	Kernel  string `json:"kernel"`
	Threads int    `json:"threads"`
	// Date of the training's beginning.
	Date time.Time `json:"date"`
	// Software that trained the model, such as "recurve 0.1.0".
	Software string `json:"software"`
}

// Origin says where the model's weights come from; nil where that is not
// known.
func (m *Model) Origin() *Origin { return m.origin }

// SetOrigin notes where the model's weights come from. Callbacks that save the
// model during a fit keep its epoch and logs up to date.
func (m *Model) SetOrigin(o *Origin) { m.origin = o }
