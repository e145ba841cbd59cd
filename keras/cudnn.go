package keras

import "slices"

// cudnn says in what way a weight of Keras 2's CuDNNLSTM or CuDNNGRU differs
// from that of the LSTM or GRU that computes the same.
type cudnn struct {
	part  cudnnPart
	gates int // side by side in the weight
}

type cudnnPart uint8

const (
	notCuDNN        cudnnPart = iota
	cudnnKernel               // each gate's block was written from a matrix of units x features
	cudnnTransposed           // each gate's recurrent kernel is transposed
	cudnnBiasSum              // two biases in a row, whose sum is the LSTM's
	cudnnBiasRows             // two biases in a row, which are the GRU's two rows
)

// markCuDNN finds out by the shape of the bias, as Keras does, whether a cell's
// weights are those of a layer on CuDNN.
func markCuDNN(n node, found []stored) {
	if len(n.vars) != 3 || len(n.vars[1].shape) != 2 {
		return
	}
	units, columns := n.vars[1].shape[0], n.vars[1].shape[1]
	if !slices.Equal(found[2].data.Shape(), []int{2 * columns}) {
		return
	}
	bias := n.vars[2].shape
	switch {
	case slices.Equal(bias, []int{columns}) && columns == 4*units:
		found[2].cudnn = cudnn{cudnnBiasSum, 4}
	case slices.Equal(bias, []int{2, columns}) && columns == 3*units:
		found[2].cudnn = cudnn{cudnnBiasRows, 3}
	default:
		return
	}
	gates := found[2].cudnn.gates
	found[0].cudnn, found[1].cudnn = cudnn{cudnnKernel, gates}, cudnn{cudnnTransposed, gates}
}

// shape is that of the weight in the file, where the layer's is s.
func (c cudnn) shape(s []int) []int {
	if c.part == cudnnBiasSum || c.part == cudnnBiasRows {
		return []int{2 * s[len(s)-1]}
	}
	return s
}

// convert makes the layer's weight, of the given shape, from the file's.
func (c cudnn) convert(v []float32, shape []int) []float32 {
	switch c.part {
	case cudnnBiasSum:
		n := len(v) / 2
		out := make([]float32, n)
		for i := range out {
			out[i] = v[i] + v[n+i]
		}
		return out
	case cudnnKernel, cudnnTransposed:
		return c.convertKernel(v, shape[0], shape[1])
	}
	return v
}

// convertKernel converts gate by gate a kernel of rows x columns.
func (c cudnn) convertKernel(v []float32, rows, columns int) []float32 {
	out := make([]float32, len(v))
	units := columns / c.gates
	for g := 0; g < columns; g += units {
		for i := range rows {
			for j := range units {
				from := j*columns + i // transposed
				if c.part == cudnnKernel {
					k := j*rows + i // within the block of rows x units
					from = k/units*columns + k%units
				}
				out[i*columns+g+j] = v[from+g]
			}
		}
	}
	return out
}
