package loss

import "math"

// CosineSimilarity is minus the cosine of the angle between prediction and
// target, from -1 (the same direction) to 1: the sum of y*p, both divided by their
// lengths. A length below 1e-7 counts as 1e-7.
//
// Targets are any numbers, one an output.
type CosineSimilarity struct{ plain }

// ClassName implements [Loss].
func (CosineSimilarity) ClassName() string { return "CosineSimilarity" }

// Row implements [Loss].
func (CosineSimilarity) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	var pp, yy, py float64
	for i := 0; i < len(pred); i += stride {
		p, y := float64(pred[i]), float64(target[i])
		pp += float64(p * p)
		yy += float64(y * y)
		py += float64(p * y)
	}
	const least = 1e-7
	perP, perY := 1/max(math.Sqrt(pp), least), 1/max(math.Sqrt(yy), least)
	value := -(py * perP * perY)
	turn := 0.0 // how the length of p changes the value
	if pp > least*least {
		turn = value / pp
	}
	for i := 0; i < len(pred) && grad != nil; i += stride {
		d := -float64(float64(target[i])*perP*perY) - float64(turn*float64(pred[i]))
		grad[i] = float32(d * scale)
	}
	return value
}
