package optimizer

import (
	"errors"
	"fmt"
	"math"

	"recurve/internal/elementary"
)

// CosineDecay goes down along half a cosine in DecaySteps steps and stays there
// (Loshchilov and Hutter, 2016); with p = step/DecaySteps it is
//
//	InitialLearningRate * ((1-Alpha) * (1+cos(pi*p))/2 + Alpha)
//
// With a WarmupTarget, it first goes in a straight line from
// InitialLearningRate to the target in WarmupSteps steps, and decays from there.
type CosineDecay struct {
	// InitialLearningRate of the first step.
	InitialLearningRate float64
	// DecaySteps, above 0, not counting WarmupSteps. Needed.
	DecaySteps float64
	// Alpha is the share of the rate that is left at the end; default 0.
	Alpha float64
	// WarmupTarget is the rate to warm up to; default 0, no warmup.
	WarmupTarget float64
	// WarmupSteps; default 0.
	WarmupSteps float64
}

// ClassName implements [Schedule].
func (CosineDecay) ClassName() string { return "CosineDecay" }

// Rate implements [Schedule].
func (d CosineDecay) Rate(step int64) float32 {
	at, steps, from := float32(step), float32(d.DecaySteps), float32(d.InitialLearningRate)
	if d.WarmupTarget != 0 {
		warm, target := float32(d.WarmupSteps), float32(d.WarmupTarget)
		if at = min(at, steps+warm); at < warm {
			return float32((target-from)*(at/warm)) + from
		}
		at, from = at-warm, target
	}
	return from * halfCosine(min(at, steps)/steps, 1, float32(d.Alpha))
}

func (d CosineDecay) check() error {
	if d.WarmupSteps != 0 && d.WarmupTarget == 0 {
		return fmt.Errorf("WarmupTarget: expected a rate to reach in %v WarmupSteps, got none", d.WarmupSteps)
	}
	return errors.Join(notNegative("InitialLearningRate", d.InitialLearningRate), positive("DecaySteps", d.DecaySteps),
		notNegative("Alpha", d.Alpha), notNegative("WarmupTarget", d.WarmupTarget), notNegative("WarmupSteps", d.WarmupSteps))
}

// CosineDecayRestarts is [CosineDecay] again and again: each period is TMul
// times as long as the one before, and begins at MMul times its rate
// (Loshchilov and Hutter, 2016). At p of period i it is
//
//	InitialLearningRate * ((1-Alpha) * MMul^i * (1+cos(pi*p))/2 + Alpha)
type CosineDecayRestarts struct {
	// InitialLearningRate of the first step.
	InitialLearningRate float64
	// FirstDecaySteps of the first period, above 0. Needed.
	FirstDecaySteps float64
	// TMul, 1 or more; default 2.
	TMul float64
	// MMul; default 1.
	MMul float64
	// Alpha is the share of the rate that is left at a period's end; default 0.
	Alpha float64
}

// ClassName implements [Schedule].
func (CosineDecayRestarts) ClassName() string { return "CosineDecayRestarts" }

// Rate implements [Schedule].
func (d CosineDecayRestarts) Rate(step int64) float32 {
	mul := float32(or(d.TMul, 2))
	p := float32(step) / float32(d.FirstDecaySteps)
	period := floor(p)
	if mul == 1 {
		p -= period
	} else {
		period = floor(log(1-float32(p*(1-mul))) / log(mul))
		length := power(mul, period)
		p = (p - (1-length)/(1-mul)) / length
	}
	return float32(d.InitialLearningRate) * halfCosine(p, power(float32(or(d.MMul, 1)), period), float32(d.Alpha))
}

func (d CosineDecayRestarts) check() error {
	if m := or(d.TMul, 2); !(m >= 1) || math.IsInf(m, 0) {
		return fmt.Errorf("TMul: expected 1 or more, got %v", m)
	}
	return errors.Join(notNegative("InitialLearningRate", d.InitialLearningRate), positive("FirstDecaySteps", d.FirstDecaySteps),
		notNegative("MMul", d.MMul), notNegative("Alpha", d.Alpha))
}

// halfCosine goes from height to alpha where p goes from 0 to 1.
func halfCosine(p, height, alpha float32) float32 {
	c := float32(elementary.Cos(float64(float32(math.Pi) * p)))
	return float32((1-alpha)*(0.5*height*(1+c))) + alpha
}

func log(v float32) float32 { return float32(elementary.Log(float64(v))) }
