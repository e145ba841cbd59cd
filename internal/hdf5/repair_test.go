package hdf5

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// RepairChecksums returns a damaged file with checksums that fit the damage, so
// that what lies behind them is tested, too: a hostile file's checksums fit.
func RepairChecksums(data []byte) []byte {
	data = slices.Clone(data)
	for range 100 {
		var format *FormatError
		if err := readAll(data); !errors.As(err, &format) {
			break
		}
		var stored, right uint32
		if _, err := fmt.Sscanf(format.Problem, "its checksum is 0x%x, its bytes give 0x%x", &stored, &right); err != nil {
			break
		}
		at := format.Offset
		if at < 0 || at+4 > int64(len(data)) || binary.LittleEndian.Uint32(data[at:]) != stored {
			break // of a chunk that was decompressed before
		}
		binary.LittleEndian.PutUint32(data[at:], right)
	}
	return data
}
