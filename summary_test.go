package recurve

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recurve/activation"
	"recurve/constraint"
	"recurve/layer"
	"recurve/loss"
	"recurve/optimizer"
	"recurve/regularizer"
)

// TestSummaryOfTwoOutputs: the rows are what Keras 3.15 prints.
func TestSummaryOfTwoOutputs(t *testing.T) {
	m, err := Sequential(layer.Input{Shape: []int{5, 2}}, layer.Bidirectional{Layer: layer.LSTM{Units: 3, ReturnSequences: true}, MergeMode: layer.NoMerge})
	if err != nil {
		t.Fatal(err)
	}
	const want = "│ bidirectional (Bidirectional)   │ [(None, 5, 3), (None,  │           144 │\n" +
		"│                                 │ 5, 3)]                 │               │\n"
	if got := m.Summary(80); !strings.Contains(got, want) {
		t.Errorf("the summary is\n%s\nwant in it\n%s", got, want)
	}
	err = m.Compile(CompileOptions{Optimizer: optimizer.RMSprop{}, Loss: loss.BinaryCrossentropy{}})
	if err == nil || !strings.Contains(err.Error(), "two outputs") {
		t.Errorf("compile: %v, want an error about two outputs", err)
	}
}

// TestSummary compares with what real Keras prints (testdata/summary, made by
// tools/oracle/summary.py), before and after training.
func TestSummary(t *testing.T) {
	input, embedding := layer.Input{Shape: []int{100}}, layer.Embedding{InputDim: 500, OutputDim: 16}
	out := layer.Dense{Units: 1, Activation: activation.Sigmoid}
	models := map[string][]layer.Layer{
		"one_hot":    {layer.Input{Shape: []int{100, 500}}, layer.SimpleRNN{Units: 8}, out},
		"simple_rnn": {input, embedding, layer.SimpleRNN{Units: 8}, out},
		"lstm":       {input, embedding, layer.LSTM{Units: 8}, out},
		"gru":        {input, embedding, layer.GRU{Units: 8}, out},
		"bidirectional": {input, layer.Embedding{InputDim: 20000, OutputDim: 128},
			layer.Bidirectional{Layer: layer.LSTM{Units: 64, ReturnSequences: true}}, layer.Dropout{Rate: 0.5},
			layer.Bidirectional{Layer: layer.LSTM{Units: 32, Name: "a_name_that_is_long"}},
			layer.Dense{Units: 16, Activation: activation.ReLU}, out},
		"toolbox": {input, embedding, layer.TimeDistributed{Layer: layer.Dense{Units: 4}}, layer.Masking{},
			layer.Bidirectional{Layer: layer.GRU{Units: 3, ReturnSequences: true, KernelRegularizer: regularizer.L2{}}, MergeMode: layer.Ave},
			layer.Activation{Activation: activation.Tanh}, layer.LSTM{Units: 3, ReturnSequences: true},
			layer.Dense{Units: 2, KernelConstraint: constraint.MaxNorm{}, Name: "end"}},
		"flatten": {input, embedding, layer.Flatten{}, out},
		"long_name": {layer.Input{Shape: []int{100, 3}},
			layer.SimpleRNN{Units: 2, ReturnSequences: true, Name: "a_name_that_is_much_too_long_for_its_column"}, layer.GRU{Units: 300}},
	}
	for name, layers := range models {
		t.Run(name, func(t *testing.T) {
			m, err := Sequential(layers...)
			if err != nil {
				t.Fatal(err)
			}
			compare := func(file string) {
				want, err := os.ReadFile("testdata/summary/" + file + ".txt")
				if err != nil {
					t.Fatal(err)
				}
				// The fixtures come from JAX, where the optimizer's iteration is
				// an int32; on TensorFlow, and here, it is an int64.
				exact := strings.NewReplacer("8,211 (32.07 KB)", "8,211 (32.08 KB)", "17,268 (67.45 KB)", "17,268 (67.46 KB)",
					"16,646 (65.02 KB)", "16,646 (65.03 KB)", "9,603 (37.51 KB)", "9,603 (37.52 KB)").Replace(string(want))
				if d := cmp.Diff(exact, m.Summary(80)); d != "" {
					t.Errorf("%s (-Keras +ours):\n%s", file, d)
				}
			}
			compare(name)
			if err := m.Compile(CompileOptions{Optimizer: optimizer.RMSprop{}, Loss: loss.BinaryCrossentropy{}}); err != nil {
				t.Fatal(err)
			}
			m.Optimizer().Iterations = 1
			compare(name + "_trained")
		})
	}
}
