package optimizer

import (
	"errors"
	"fmt"
	"math"

	"recurve/internal/elementary"
)

// Schedule gives the learning rate of each step. Its arithmetic is in float32,
// as Keras' is.
type Schedule interface {
	// ClassName is Keras' name of the class, such as "ExponentialDecay".
	ClassName() string
	// Rate is the learning rate after that many steps.
	Rate(step int64) float32
	// check names the first argument that makes no sense.
	check() error
}

// ExponentialDecay multiplies the rate by DecayRate every DecaySteps steps, a
// little each step:
//
//	InitialLearningRate * DecayRate^(step/DecaySteps)
type ExponentialDecay struct {
	// InitialLearningRate of the first step.
	InitialLearningRate float64
	// DecaySteps, above 0. Needed.
	DecaySteps float64
	// DecayRate, above 0. Needed.
	DecayRate float64
	// Staircase rounds step/DecaySteps down, so that the rate falls all at once.
	Staircase bool
}

// ClassName implements [Schedule].
func (ExponentialDecay) ClassName() string { return "ExponentialDecay" }

// Rate implements [Schedule].
func (d ExponentialDecay) Rate(step int64) float32 {
	return float32(d.InitialLearningRate) * power(float32(d.DecayRate), turns(step, d.DecaySteps, d.Staircase))
}

func (d ExponentialDecay) check() error {
	return errors.Join(notNegative("InitialLearningRate", d.InitialLearningRate), positive("DecaySteps", d.DecaySteps),
		positive("DecayRate", d.DecayRate))
}

// InverseTimeDecay divides the rate by what grows with time:
//
//	InitialLearningRate / (1 + DecayRate*step/DecaySteps)
type InverseTimeDecay struct {
	// InitialLearningRate of the first step.
	InitialLearningRate float64
	// DecaySteps, above 0. Needed.
	DecaySteps float64
	// DecayRate, 0 or more.
	DecayRate float64
	// Staircase rounds step/DecaySteps down.
	Staircase bool
}

// ClassName implements [Schedule].
func (InverseTimeDecay) ClassName() string { return "InverseTimeDecay" }

// Rate implements [Schedule].
func (d InverseTimeDecay) Rate(step int64) float32 {
	return float32(d.InitialLearningRate) / (1 + float32(float32(d.DecayRate)*turns(step, d.DecaySteps, d.Staircase)))
}

func (d InverseTimeDecay) check() error {
	return errors.Join(notNegative("InitialLearningRate", d.InitialLearningRate), positive("DecaySteps", d.DecaySteps),
		notNegative("DecayRate", d.DecayRate))
}

// PiecewiseConstantDecay is Values[0] up to and including step Boundaries[0],
// then Values[1] up to Boundaries[1], and so on; behind the last boundary it is
// the last value.
type PiecewiseConstantDecay struct {
	// Boundaries, ascending; one or more.
	Boundaries []int64
	// Values are one more than the boundaries.
	Values []float64
}

// ClassName implements [Schedule].
func (PiecewiseConstantDecay) ClassName() string { return "PiecewiseConstantDecay" }

// Rate implements [Schedule].
func (d PiecewiseConstantDecay) Rate(step int64) float32 {
	for i, b := range d.Boundaries {
		if step <= b {
			return float32(d.Values[i])
		}
	}
	return float32(d.Values[len(d.Boundaries)])
}

func (d PiecewiseConstantDecay) check() error {
	if len(d.Boundaries) == 0 || len(d.Values) != len(d.Boundaries)+1 {
		return fmt.Errorf("Values: expected one more than Boundaries, got %d for %d", len(d.Values), len(d.Boundaries))
	}
	for i, b := range d.Boundaries[1:] {
		if b <= d.Boundaries[i] {
			return fmt.Errorf("Boundaries: expected each above the one before, got %v", d.Boundaries)
		}
	}
	var errs []error
	for _, v := range d.Values {
		errs = append(errs, notNegative("Values", v))
	}
	return errors.Join(errs...)
}

// PolynomialDecay goes from InitialLearningRate to EndLearningRate in
// DecaySteps steps and stays there; with p = step/DecaySteps it is
//
//	(InitialLearningRate-EndLearningRate) * (1-p)^Power + EndLearningRate
type PolynomialDecay struct {
	// InitialLearningRate of the first step.
	InitialLearningRate float64
	// DecaySteps, above 0. Needed.
	DecaySteps float64
	// EndLearningRate; default 0.0001.
	EndLearningRate float64
	// ToZero decays to 0 in EndLearningRate's stead.
	ToZero bool
	// Power; default 1, a straight line.
	Power float64
	// Cycle begins anew in place of staying at the end: DecaySteps is taken
	// times the least whole number that makes it reach the step.
	Cycle bool
}

// ClassName implements [Schedule].
func (PolynomialDecay) ClassName() string { return "PolynomialDecay" }

// Rate implements [Schedule].
func (d PolynomialDecay) Rate(step int64) float32 {
	first, last := float32(d.InitialLearningRate), float32(or(d.EndLearningRate, 1e-4))
	if d.ToZero {
		last = 0
	}
	at, steps := float32(step), float32(d.DecaySteps)
	if d.Cycle {
		if at != 0 {
			steps *= float32(math.Ceil(float64(at / steps)))
		}
	} else {
		at = min(at, steps)
	}
	return float32((first-last)*power(1-at/steps, float32(or(d.Power, 1)))) + last
}

func (d PolynomialDecay) check() error {
	if d.ToZero && d.EndLearningRate != 0 {
		return fmt.Errorf("EndLearningRate: expected none beside ToZero, got %v", d.EndLearningRate)
	}
	return errors.Join(notNegative("InitialLearningRate", d.InitialLearningRate), positive("DecaySteps", d.DecaySteps),
		notNegative("EndLearningRate", d.EndLearningRate), notNegative("Power", d.Power))
}

// turns is step/steps, rounded down for a staircase.
func turns(step int64, steps float64, staircase bool) float32 {
	p := float32(step) / float32(steps)
	if staircase {
		p = floor(p)
	}
	return p
}

func floor(v float32) float32 { return float32(math.Floor(float64(v))) }

// power is x^y for x >= 0.
func power(x, y float32) float32 {
	switch {
	case y == 0 || x == 1:
		return 1
	case y == 1 || x == 0 && y > 0:
		return x
	}
	return float32(elementary.Exp(float64(y) * elementary.Log(float64(x))))
}
