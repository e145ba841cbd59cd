package hdf5

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
	messageTreeK         messageType = 0x13
	messageDriverInfo    messageType = 0x14
	messageAttributeInfo messageType = 0x15
	messageLastKnown     messageType = 0x18
)

// Flags of a header message.
const (
	flagConstant      = 1 << 0 // the message does not change
	flagShared        = 1 << 1 // the body only says where the message is
	flagFailIfUnknown = 1 << 7
)

// message is one header message, with its cursor at the start of the body.
type message struct {
	kind messageType
	*block
}

// readObjectHeader reads the object header at an address, of either version,
// and returns its messages, those of continuation blocks included.
func readObjectHeader(q *quota, address uint64) ([]message, error) {
	p := q.f.block("object header", address, min(uint64(len(objectHeader2)), q.f.end-min(address, q.f.end)))
	if p.err == nil && string(p.data) == objectHeader2 {
		return readObjectHeader2(q, address)
	}
	return readObjectHeader1(q, address)
}

// headerFormat is what the versions of object headers differ in.
type headerFormat struct {
	head int                           // bytes of a message before its body
	read func(*block) (message, error) // reads the message at the cursor
	open func(*block)                  // checks the frame of a continuation block
}

// readMessages reads the messages in a header's first block and in those that
// it leads to.
func readMessages(q *quota, first *block, format headerFormat) ([]message, error) {
	var messages []message
	blocks := []*block{first}
	for i := 0; i < len(blocks); i++ {
		b := blocks[i]
		for b.err == nil && b.remaining() >= format.head { // less is a gap
			m, err := format.read(b)
			if err != nil {
				return nil, err
			}
			switch m.kind {
			case messageNil:
			case messageContinuation: // IV.A.2.q
				where, length := m.address(), m.uint64()
				if m.err != nil {
					return nil, m.err
				}
				next := q.block("object header continuation", where, length)
				format.open(next)
				blocks = append(blocks, next)
			default:
				messages = append(messages, m)
			}
		}
		if b.err != nil {
			return nil, b.err
		}
	}
	return messages, nil
}

// message reads the body of a message at the cursor.
func (b *block) message(kind messageType, flags uint8, size int) (message, error) {
	if kind > messageLastKnown && flags&flagFailIfUnknown != 0 {
		b.refuse("message type %#x", uint16(kind))
	}
	m := message{kind, b.sub(kind.String(), size)}
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
	case messageTreeK:
		return "B-tree K values message"
	case messageDriverInfo:
		return "driver info message"
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
