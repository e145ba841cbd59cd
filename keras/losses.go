package keras

import (
	"encoding/json"
	"fmt"
	"strings"

	"recurve/loss"
)

// lossConfig are the arguments that a loss, or a metric that is the mean of one,
// may have; nil where it does not say.
type lossConfig struct {
	FromLogits     *bool  `json:"from_logits,omitempty"`
	LabelSmoothing *float `json:"label_smoothing,omitempty"`
	IgnoreClass    *int   `json:"ignore_class,omitempty"`
	Delta          *float `json:"delta,omitempty"`
	Balancing      *bool  `json:"apply_class_balancing,omitempty"`
	Alpha          *float `json:"alpha,omitempty"`
	Gamma          *float `json:"gamma,omitempty"`
	Axis           *int   `json:"axis,omitempty"`
}

// value is what a pointer points at, or def where it is nil.
func value[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}

// lossNames are Keras' short names of losses.
func lossNames() map[string]string {
	return map[string]string{"bce": "BinaryCrossentropy", "mse": "MeanSquaredError", "mae": "MeanAbsoluteError",
		"mape": "MeanAbsolutePercentageError", "msle": "MeanSquaredLogarithmicError", "kld": "KLDivergence",
		"kullbackleiblerdivergence": "KLDivergence", "logcosh": "LogCosh", "logcosherror": "LogCosh", "huberloss": "Huber"}
}

// makeLoss is the loss of that class, function or short name; nil where there is
// none.
func (a *arguments) makeLoss(name string, c lossConfig) loss.Loss {
	key := squeeze(name)
	if class, ok := lossNames()[key]; ok {
		key = squeeze(class)
	}
	logits, smoothing := value(c.FromLogits, false), float64(value(c.LabelSmoothing, 0))
	for _, l := range []loss.Loss{
		loss.BinaryCrossentropy{FromLogits: logits, LabelSmoothing: smoothing}, a.focal(c),
		loss.CategoricalCrossentropy{FromLogits: logits, LabelSmoothing: smoothing}, loss.SparseCategoricalCrossentropy{FromLogits: logits},
		loss.MeanSquaredError{}, loss.MeanAbsoluteError{}, loss.MeanAbsolutePercentageError{}, loss.MeanSquaredLogarithmicError{},
		loss.Huber{Delta: unless0(value(c.Delta, 1), 1)}, loss.LogCosh{}, loss.Poisson{}, loss.KLDivergence{}, loss.CosineSimilarity{},
		loss.Hinge{}, loss.SquaredHinge{}, loss.CategoricalHinge{},
	} {
		if key != squeeze(l.ClassName()) {
			continue
		}
		if v := c.Axis; v != nil && *v != -1 {
			a.unsupportedTraining("axis", fmt.Sprint(*v), "")
		}
		if v := c.IgnoreClass; v != nil {
			a.unsupportedTraining("ignore_class", fmt.Sprint(*v), "give the samples or steps a weight of 0 instead")
		}
		if v := c.Delta; v != nil && key == "huber" {
			a.nonZero("delta", *v)
		}
		return l
	}
	return nil
}

func (a *arguments) focal(c lossConfig) loss.Loss {
	if c.Alpha != nil && c.Balancing != nil && *c.Balancing {
		a.nonZero("alpha", *c.Alpha)
	}
	gamma := value(c.Gamma, 2)
	return loss.BinaryFocalCrossentropy{Gamma: unless0(gamma, 2), NoFocus: gamma == 0, ApplyClassBalancing: value(c.Balancing, false),
		Alpha: unless0(value(c.Alpha, 0.25), 0.25), FromLogits: value(c.FromLogits, false), LabelSmoothing: float64(value(c.LabelSmoothing, 0))}
}

// loss reads the loss of a model with that many outputs.
func (r *reader) loss(outer *arguments, raw json.RawMessage, outputs int) loss.Loss {
	var c choice
	list := outer.list("loss", raw)
	if len(list) == 1 {
		if err := json.Unmarshal(list[0], &c); err != nil {
			outer.damaged("loss: %s", jsonProblem(err))
			return nil
		}
	}
	var config struct {
		lossConfig
		Reduction *string `json:"reduction"`
	}
	a := r.newArguments("the loss "+shown(json.RawMessage(c.Name)), c.Config, &config)
	if key := squeeze(c.Name); outputs == 1 && (key == "crossentropy" || key == "ce") {
		c.Name = "BinaryCrossentropy" // as Keras chooses by shape
	}
	l := a.makeLoss(c.Name, config.lossConfig)
	if l == nil {
		if len(raw) == 0 {
			raw = json.RawMessage("null")
		}
		outer.unsupportedTraining("loss", shown(raw), "Recurve has "+strings.Join(lossFunctions(), ", "))
		return nil
	}
	switch v := value(config.Reduction, "auto"); v {
	case "auto", "sum_over_batch_size", "mean":
	default:
		a.unsupportedTraining("reduction", fmt.Sprintf("%q", v), "")
	}
	outer.fail(a.err)
	return l
}

// lossFunctions are the names of all losses.
func lossFunctions() []string {
	return []string{"binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy",
		"mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error", "huber", "log_cosh",
		"poisson", "kl_divergence", "cosine_similarity", "hinge", "squared_hinge", "categorical_hinge"}
}

// lossArguments are a loss' arguments that are not Keras' defaults; an error where
// it has no form in Keras.
func lossArguments(l loss.Loss) (c lossConfig, err error) {
	yes := true
	give := func(to **float, v, def float64) {
		if v != 0 && v != def {
			f := float(v)
			*to = &f
		}
	}
	logits := func(b bool) {
		if b {
			c.FromLogits = &yes
		}
	}
	switch l := l.(type) {
	case loss.BinaryCrossentropy:
		logits(l.FromLogits)
		give(&c.LabelSmoothing, l.LabelSmoothing, 0)
	case loss.CategoricalCrossentropy:
		logits(l.FromLogits)
		give(&c.LabelSmoothing, l.LabelSmoothing, 0)
	case loss.SparseCategoricalCrossentropy:
		logits(l.FromLogits)
	case loss.BinaryFocalCrossentropy:
		logits(l.FromLogits)
		give(&c.LabelSmoothing, l.LabelSmoothing, 0)
		give(&c.Alpha, l.Alpha, 0.25)
		give(&c.Gamma, l.Gamma, 2)
		if l.NoFocus {
			c.Gamma = new(float)
		}
		if l.ApplyClassBalancing {
			c.Balancing = &yes
		}
	case loss.Huber:
		give(&c.Delta, l.Delta, 1)
	case loss.MeanSquaredError, loss.MeanAbsoluteError, loss.MeanAbsolutePercentageError, loss.MeanSquaredLogarithmicError, loss.LogCosh,
		loss.Poisson, loss.KLDivergence, loss.CosineSimilarity, loss.Hinge, loss.SquaredHinge, loss.CategoricalHinge:
	default:
		return c, fmt.Errorf("the loss %s (%T) has no form in a .keras file", l.ClassName(), l)
	}
	return c, nil
}

func lossChoice(l loss.Loss) (choice, error) {
	c, err := lossArguments(l)
	if err != nil || c == (lossConfig{}) {
		return choice{Name: loss.FunctionName(l)}, err
	}
	raw, err := json.Marshal(c)
	return choice{Name: l.ClassName(), Module: "keras.losses", Config: raw}, err
}
