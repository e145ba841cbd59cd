package hdf5

import "encoding/binary"

const (
	objectHeaderPrefix  = 16
	messageHeader1      = 8
	maxMessageBody      = 0xffff &^ 7 // a 16-bit size, multiple of 8
	objectHeaderVersion = 1
)

// readObjectHeader1 reads the Version 1 Object Header (IV.A.1.a) at an address.
func readObjectHeader1(q *quota, address uint64) ([]message, error) {
	const structure = "object header"
	b := q.block(structure, address, min(objectHeaderPrefix, q.f.end-min(address, q.f.end)))
	b.version(objectHeaderVersion, objectHeaderVersion)
	b.skip(1)
	count := int(b.uint16())
	b.skip(4) // reference count
	size := b.uint32()
	b.skip(4) // to a multiple of 8
	if b.err != nil {
		return nil, b.err
	}

	found := 0
	messages, err := readMessages(q, q.block(structure, address+objectHeaderPrefix, uint64(size)), headerFormat{
		head: messageHeader1,
		read: func(b *block) (message, error) {
			if found++; found > count {
				b.fail("it has more messages than the %d it declares", count)
			}
			return b.readMessage1()
		},
		open: func(*block) {},
	})
	if err == nil && found < count {
		b.fail("it declares %d messages and has %d", count, found)
		err = b.err
	}
	return messages, err
}

// readMessage1 reads the header message at the cursor.
func (b *block) readMessage1() (message, error) {
	kind := messageType(b.uint16())
	size := b.uint16()
	flags := b.uint8()
	b.skip(3)
	if size%8 != 0 {
		b.fail("a message body of %d bytes; it must be a multiple of 8", size)
	}
	return b.message(kind, flags, int(size))
}

// messageWriter collects the messages of an object header to be written.
type messageWriter struct {
	count int
	bytes []byte
}

// add appends a message; its body is padded to a multiple of 8.
func (w *messageWriter) add(kind messageType, flags uint8, body []byte) {
	w.count++
	w.bytes = binary.LittleEndian.AppendUint16(w.bytes, uint16(kind))
	w.bytes = binary.LittleEndian.AppendUint16(w.bytes, uint16(pad8(len(body))))
	w.bytes = append(w.bytes, flags, 0, 0, 0)
	w.bytes = append(w.bytes, body...)
	w.bytes = append(w.bytes, make([]byte, pad8(len(body))-len(body))...)
}

// header encodes the object header: one block, no continuations.
func (w *messageWriter) header() []byte {
	p := []byte{objectHeaderVersion, 0}
	p = binary.LittleEndian.AppendUint16(p, uint16(w.count))
	p = binary.LittleEndian.AppendUint32(p, 1) // reference count: the link in the parent
	p = binary.LittleEndian.AppendUint32(p, uint32(len(w.bytes)))
	p = append(p, 0, 0, 0, 0)
	return append(p, w.bytes...)
}
