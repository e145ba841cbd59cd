package callback

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// eventFile is a file of TensorBoard's events: records in TensorFlow's TFRecord
// framing, each with a message tensorflow.Event. The numbers of fields are those
// of tensorflow/core/util/event.proto, and of summary.proto, tensor.proto and
// tensor_shape.proto in tensorflow/core/framework.
type eventFile struct {
	file   *os.File
	now    func() time.Time
	record []byte // reused
}

// createEvents makes a new file in a folder, which is made where it is missing.
func createEvents(dir string, now func() time.Time) (*eventFile, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	for n := 0; ; n++ {
		// TensorBoard takes the files of a folder in the order of their names.
		path := filepath.Join(dir, fmt.Sprintf("events.out.tfevents.%010d.%s.%d.%d.v2", now().Unix(), host, os.Getpid(), n))
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if os.IsExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		e := &eventFile{file: f, now: now}
		err = e.write(e.event(0, 3, []byte("brain.Event:2")))
		return e, err
	}
}

func (e *eventFile) close() error { return e.file.Close() }

// castagnoli is CRC-32C.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is TensorFlow's checksum: a CRC-32C that may itself be in data that is
// checked by one.
func masked(b []byte) uint32 {
	crc := crc32.Checksum(b, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}

// write appends a record: the length and its checksum, the data and theirs, all
// little-endian.
func (e *eventFile) write(data []byte) error {
	r := binary.LittleEndian.AppendUint64(e.record[:0], uint64(len(data)))
	r = binary.LittleEndian.AppendUint32(r, masked(r))
	r = append(r, data...)
	r = binary.LittleEndian.AppendUint32(r, masked(data))
	e.record = r
	_, err := e.file.Write(r)
	return err
}

// event is an Event whose content is one field of bytes.
func (e *eventFile) event(step int64, field protowire.Number, content []byte) []byte {
	var b []byte
	b = protowire.AppendTag(b, 1, protowire.Fixed64Type) // wall_time, in seconds
	b = protowire.AppendFixed64(b, math.Float64bits(float64(e.now().UnixMicro())/1e6))
	if step != 0 {
		b = protowire.AppendTag(b, 2, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(step))
	}
	return message(b, field, content)
}

// scalar appends a number, for the plugin "scalars".
func (e *eventFile) scalar(tag string, step int64, v float64) error {
	return e.summary(tag, "scalars", step, float32Type, nil, 5, binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(v))))
}

// histogram appends how many values lie in each of 30 equal buckets between the
// least and the greatest, for the plugin "histograms": rows of left edge, right
// edge and count.
func (e *eventFile) histogram(tag string, step int64, values []float32) error {
	const buckets = 30
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil // there are no buckets for them
		}
		lo, hi = min(lo, float64(v)), max(hi, float64(v))
	}
	if len(values) == 0 {
		lo, hi = 0, 0
	}
	var counts [buckets]int
	step1 := (hi - lo) / buckets
	for _, v := range values {
		at := buckets - 1
		if hi > lo {
			at = min(int((float64(v)-lo)/step1), at)
		}
		counts[at]++
	}
	edge := func(i int) float64 {
		if i == buckets {
			return hi
		}
		return float64(float64(i)*step1) + lo
	}
	var content []byte
	for i, n := range counts {
		for _, v := range []float64{edge(i), edge(i + 1), float64(n)} {
			content = binary.LittleEndian.AppendUint64(content, math.Float64bits(v))
		}
	}
	return e.summary(tag, "histograms", step, float64Type, []int{buckets, 3}, 4, content)
}

// The numbers of tensorflow.DataType.
const (
	float32Type = 1
	float64Type = 2
)

// summary appends an Event with a Summary of one value, a tensor: its data type,
// shape, and the content in one of TensorProto's fields.
func (e *eventFile) summary(tag, plugin string, step int64, dataType uint64, shape []int, field protowire.Number, content []byte) error {
	var dims []byte
	for _, n := range shape {
		dims = message(dims, 2, protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(n)))
	}
	tensor := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), dataType)
	tensor = message(message(tensor, 2, dims), field, content)
	metadata := message(nil, 1, message(nil, 1, []byte(plugin))) // SummaryMetadata.plugin_data.plugin_name
	value := message(message(message(nil, 1, []byte(tag)), 8, tensor), 9, metadata)
	return e.write(e.event(step, 5, message(nil, 1, value)))
}

// message appends a field of bytes, such as a message.
func message(b []byte, field protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), content)
}
