package hdf5

import "encoding/binary"

// messageType is the type of a header message (IV.A.2).
type messageType uint16

const (
	messageNil           messageType = 0x00
	messageDataspace     messageType = 0x01
	messageLinkInfo      messageType = 0x02
	messageDatatype      messageType = 0x03
	messageOldFillValue  messageType = 0x04
	messageFillValue     messageType = 0x05
	messageLink          messageType = 0x06
	messageExternalFiles messageType = 0x07
	messageLayout        messageType = 0x08
	messageFilters       messageType = 0x0b
	messageAttribute     messageType = 0x0c
	messageContinuation  messageType = 0x10
	messageSymbolTable   messageType = 0x11
	messageAttributeInfo messageType = 0x15
	messageLastKnown     messageType = 0x16
)

// Flags of a header message.
const (
	flagConstant      = 1 << 0 // the message does not change
	flagShared        = 1 << 1 // the body only says where the message is
	flagFailIfUnknown = 1 << 7
)

const (
	objectHeaderPrefix  = 16
	maxMessageBody      = 0xffff &^ 7 // a 16-bit size, multiple of 8
	objectHeaderVersion = 1
)

// message is one header message, with its cursor at the start of the body.
type message struct {
	kind messageType
	*block
}

// readObjectHeader reads the Version 1 Object Header (IV.A.1.a) at an address
// and returns its messages, those of continuation blocks included.
func readObjectHeader(q *quota, address uint64) ([]message, error) {
	const structure = "object header"
	b := q.block(structure, address, min(objectHeaderPrefix, q.f.end-min(address, q.f.end)))
	if len(b.data) >= 4 && string(b.data[:4]) == "OHDR" {
		b.refuse("version 2")
	}
	b.version(objectHeaderVersion, objectHeaderVersion)
	b.skip(1)
	count := int(b.uint16())
	b.skip(4) // reference count
	size := b.uint32()
	b.skip(4) // to a multiple of 8
	if b.err != nil {
		return nil, b.err
	}

	var messages []message
	found := 0
	blocks := []*block{q.block(structure, address+objectHeaderPrefix, uint64(size))}
	for i := 0; i < len(blocks); i++ {
		b := blocks[i]
		if b.err != nil {
			return nil, b.err
		}
		for b.remaining() > 0 {
			m, err := b.readMessage()
			if err != nil {
				return nil, err
			}
			if found++; found > count {
				b.fail("it has more messages than the %d it declares", count)
				return nil, b.err
			}
			switch m.kind {
			case messageNil:
			case messageContinuation:
				where, length := m.address(), m.uint64()
				if m.err != nil {
					return nil, m.err
				}
				blocks = append(blocks, q.block("object header continuation", where, length))
			default:
				messages = append(messages, m)
			}
		}
	}
	if found < count {
		b.fail("it declares %d messages and has %d", count, found)
	}
	return messages, b.err
}

// readMessage reads the header message at the cursor.
func (b *block) readMessage() (message, error) {
	kind := messageType(b.uint16())
	size := b.uint16()
	flags := b.uint8()
	b.skip(3)
	if size%8 != 0 {
		b.fail("a message body of %d bytes; it must be a multiple of 8", size)
	}
	if kind > messageLastKnown && flags&flagFailIfUnknown != 0 {
		b.refuse("message type %#x", uint16(kind))
	}
	m := message{kind, b.sub(kind.String(), int(size))}
	if flags&flagShared != 0 {
		m.refuse("the message is shared (a committed datatype or a shared message table)")
	}
	return m, m.err
}

// String is the specification's name of the message.
func (t messageType) String() string {
	switch t {
	case messageNil:
		return "NIL message"
	case messageDataspace:
		return "dataspace message"
	case messageLinkInfo:
		return "link info message"
	case messageDatatype:
		return "datatype message"
	case messageOldFillValue, messageFillValue:
		return "fill value message"
	case messageLink:
		return "link message"
	case messageExternalFiles:
		return "external data files message"
	case messageLayout:
		return "data layout message"
	case messageFilters:
		return "filter pipeline message"
	case messageAttribute:
		return "attribute message"
	case messageContinuation:
		return "continuation message"
	case messageSymbolTable:
		return "symbol table message"
	case messageAttributeInfo:
		return "attribute info message"
	}
	return "header message"
}

// find returns the first message of a type.
func find(messages []message, kind messageType) (message, bool) {
	for _, m := range messages {
		if m.kind == kind {
			return m, true
		}
	}
	return message{}, false
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
