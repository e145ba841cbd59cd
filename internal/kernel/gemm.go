package kernel

import "math"

// Gemm implements [Kernels]. Eight columns are summed at a time.
func (Go) Gemm(m, n, k int, c []float32, ldc int, a []float32, ars, acs int, b []float32, ldb int) {
	if m == 0 || n == 0 || k == 0 {
		return
	}
	leastB := math.Inf(1)
	for l := range k {
		leastB = least(leastB, b[l*ldb:l*ldb+n], 1)
	}
	for i := range m {
		ai := a[i*ars : i*ars+(k-1)*acs+1]
		ci := c[i*ldc : i*ldc+n]
		j := 0
		// Of products from 2^-131 on, a sum too small for a normal float32 is
		// exact in float64, so that only midpoints need a look.
		if least(math.Inf(1), ai, acs)*leastB >= 0x1p-131 {
			for ; j+8 <= n; j += 8 {
				gemm8((*[8]float32)(ci[j:]), k, ai, acs, b[j:], ldb)
			}
		}
		for ; j < n; j++ {
			s := ci[j]
			for l := range k {
				s = fma(ai[l*acs], b[l*ldb+j], s)
			}
			ci[j] = s
		}
	}
}

// least is the smallest size of every step-th of x, but for zeros, or so far.
func least(so float64, x []float32, step int) float64 {
	for i := 0; i < len(x); i += step {
		if v := float64(abs(x[i])); v < so && v > 0 {
			so = v
		}
	}
	return so
}

// gemm8 is eight columns of a row. It adds as fma does, but looks for midpoints
// only once, at the end: should there have been one, it begins again with fma.
func gemm8(c *[8]float32, k int, a []float32, acs int, b []float32, ldb int) {
	s0, s1, s2, s3 := float64(c[0]), float64(c[1]), float64(c[2]), float64(c[3])
	s4, s5, s6, s7 := float64(c[4]), float64(c[5]), float64(c[6]), float64(c[7])
	var ties uint64 // the top bit: a sum may have been a midpoint
	ia, ib := 0, 0
	for range k {
		v, r := float64(a[ia]), (*[8]float32)(b[ib:])
		ia += acs
		ib += ldb
		s0 += v * float64(r[0])
		s1 += v * float64(r[1])
		s2 += v * float64(r[2])
		s3 += v * float64(r[3])
		ties |= tieBit(s0) | tieBit(s1) | tieBit(s2) | tieBit(s3)
		s0, s1, s2, s3 = float64(float32(s0)), float64(float32(s1)), float64(float32(s2)), float64(float32(s3))
		s4 += v * float64(r[4])
		s5 += v * float64(r[5])
		s6 += v * float64(r[6])
		s7 += v * float64(r[7])
		ties |= tieBit(s4) | tieBit(s5) | tieBit(s6) | tieBit(s7)
		s4, s5, s6, s7 = float64(float32(s4)), float64(float32(s5)), float64(float32(s6)), float64(float32(s7))
	}
	if ties>>63 == 0 {
		*c = [8]float32{float32(s0), float32(s1), float32(s2), float32(s3), float32(s4), float32(s5), float32(s6), float32(s7)}
		return
	}
	for j := range c {
		s := c[j]
		for l := range k {
			s = fma(a[l*acs], b[l*ldb+j], s)
		}
		c[j] = s
	}
}

// tieBit has its top bit set where s is on the midpoint of two float32, without
// a branch.
func tieBit(s float64) uint64 {
	mid := math.Float64bits(s)<<35 ^ 1<<63 // zero there
	return (mid - 1) &^ mid
}
