package hdf5

// fillValue decodes a Fill Value message, old (IV.A.2.e) or new (IV.A.2.f):
// the bytes of one element where nothing was written. Nil stands for zeros.
func fillValue(m message, elementSize int) ([]byte, error) {
	defined := true
	if m.kind == messageFillValue {
		switch version := m.version(1, 3); version {
		case 1, 2:
			m.skip(2) // when space is allocated, when the value is written
			defined = m.uint8() != 0
		case 3:
			const hasValue = 1 << 5
			defined = m.uint8()&hasValue != 0
		}
	}
	if m.err != nil || !defined {
		return nil, m.err
	}
	size := m.uint32()
	if size == 0 {
		return nil, m.err
	}
	if size != uint32(elementSize) {
		m.fail("the fill value has %d bytes, an element %d", size, elementSize)
	}
	return m.bytes(elementSize), m.err
}

// fillZeros is a version 2 Fill Value message: zeros, and space allocated when
// the data is first written, as h5py has it.
const fillZeros = "\x02\x02\x02\x01\x00\x00\x00\x00"
