package keras

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
)

// The members of the archive.
const (
	metadataMember = "metadata.json"
	configMember   = "config.json"
	weightsMember  = "model.weights.h5"
	textMember     = "assets/recurve/text.json"
	originMember   = "assets/recurve/origin.json"
)

const (
	// maxConfig and maxOrigin are the longest JSON that is read.
	maxConfig = 16 << 20
	maxOrigin = 1 << 20
	// maxMembers is the number of parts that an archive may have.
	maxMembers = 10_000
	// A member may unpack to trusted bytes, or to maxInflation times what it
	// takes up in the file. Weights are hardly compressible, and Keras does not
	// compress at all; more is an archive made to fill the memory.
	trusted      = 16 << 20
	maxInflation = 100
)

// archive is the zip archive that is being read.
type archive struct {
	r       io.ReaderAt
	size    int64
	members map[string]*zip.File
}

func openArchive(r io.ReaderAt, size int64) (*archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		if broken(err) {
			return nil, err
		}
		return nil, &FormatError{Problem: notZip(r, size), Err: err}
	}
	a := &archive{r: r, size: size, members: map[string]*zip.File{}}
	if len(z.File) > maxMembers {
		return nil, &FormatError{Problem: fmt.Sprintf("the archive has %d members; the most that is read is %d", len(z.File), maxMembers)}
	}
	for _, f := range z.File {
		if !fs.ValidPath(strings.TrimSuffix(f.Name, "/")) || strings.Contains(f.Name, `\`) {
			return nil, &FormatError{Problem: fmt.Sprintf("the archive has a member %q, whose name leads out of its folder", f.Name)}
		}
		if a.members[f.Name] != nil {
			return nil, &FormatError{Problem: fmt.Sprintf("the archive has two members called %q", f.Name)}
		}
		a.members[f.Name] = f
	}
	return a, nil
}

// notZip says what a file is that cannot be opened as a zip archive.
func notZip(r io.ReaderAt, size int64) string {
	head := make([]byte, 8)
	n, _ := r.ReadAt(head, 0) // of a shorter file, what there is
	switch head = head[:n]; {
	case size == 0:
		return "the file is empty"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return "the zip archive is cut short or damaged: its directory, at the end, cannot be read"
	}
	return "it is no file of Keras': neither a zip archive nor HDF5"
}

// broken reports an error of the disk or the like, rather than of the content.
func broken(err error) bool {
	var disk *fs.PathError
	return errors.As(err, &disk)
}

// find returns a member that must be there.
func (a *archive) find(name string) (*zip.File, error) {
	f := a.members[name]
	if f == nil {
		problem := fmt.Sprintf("the archive has no member %s; it is not a .keras file, or not a whole one", name)
		if name == weightsMember && a.members["model.weights.npz"] != nil {
			problem = "the weights are in model.weights.npz; save the model again in Keras with its default weights format, h5"
		}
		return nil, &FormatError{Problem: problem}
	}
	if f.Flags&1 != 0 {
		return nil, &FormatError{Member: name, Problem: "it is encrypted"}
	}
	if f.Method != zip.Store && f.Method != zip.Deflate {
		return nil, &FormatError{Member: name, Problem: fmt.Sprintf("it is packed by method %d; pack it with deflate, or not at all", f.Method)}
	}
	return f, nil
}

// member returns a member's content, of at most limit bytes.
func (a *archive) member(name string, limit int64) ([]byte, error) {
	f, err := a.find(name)
	if err != nil {
		return nil, err
	}
	packed, size := f.CompressedSize64, f.UncompressedSize64
	switch {
	case size > uint64(limit):
		return nil, &FormatError{Member: name, Problem: fmt.Sprintf("it claims %d bytes; the most that is read is %d", size, limit)}
	case packed > uint64(a.size):
		return nil, &FormatError{Member: name, Problem: fmt.Sprintf("it claims %d bytes in a file of %d", packed, a.size)}
	case size > trusted && size/maxInflation > packed:
		return nil, &FormatError{Member: name, Problem: fmt.Sprintf("it claims to unpack %d bytes to %d, more than %d times as much", packed, size, maxInflation)}
	}
	r, err := f.Open()
	if err != nil {
		return nil, unpacking(name, err)
	}
	defer r.Close()
	var b bytes.Buffer
	b.Grow(int(min(size, trusted)))
	// At the end of the member its checksum is compared.
	n, err := b.ReadFrom(io.LimitReader(r, int64(size)+1))
	if err != nil {
		return nil, unpacking(name, err)
	}
	if n != int64(size) {
		return nil, &FormatError{Member: name, Problem: fmt.Sprintf("it claims %d bytes and has another number of them", size)}
	}
	return b.Bytes(), nil
}

// unpacking is an error in a member's bytes.
func unpacking(name string, err error) error {
	if broken(err) {
		return err
	}
	return &FormatError{Member: name, Problem: "its bytes are damaged: " + err.Error(), Err: err}
}

// open gives access to a member without a copy of it, where it is not packed.
func (a *archive) open(name string) (io.ReaderAt, int64, error) {
	f, err := a.find(name)
	if err != nil {
		return nil, 0, err
	}
	if f.Method != zip.Store {
		b, err := a.member(name, min(a.size, 1<<50)*(maxInflation+1)+trusted)
		return bytes.NewReader(b), int64(len(b)), err
	}
	start, err := f.DataOffset()
	if err != nil {
		return nil, 0, unpacking(name, err)
	}
	size := f.CompressedSize64
	if start > a.size || size > uint64(a.size-start) || size != f.UncompressedSize64 {
		return nil, 0, &FormatError{Member: name, Problem: fmt.Sprintf("it claims %d bytes from byte %d on in a file of %d", size, start, a.size)}
	}
	section := io.NewSectionReader(a.r, start, int64(size))
	sum := crc32.NewIEEE()
	if _, err := io.CopyBuffer(sum, struct{ io.Reader }{section}, make([]byte, min(size, 1<<20)+1)); err != nil {
		return nil, 0, unpacking(name, err)
	}
	if sum.Sum32() != f.CRC32 {
		return nil, 0, unpacking(name, zip.ErrChecksum)
	}
	return section, int64(size), nil
}

// writeMember adds a member as Keras does: not packed, without a data
// descriptor, with the zero of zip's calendar. The content is asked for twice:
// its length and checksum stand before it.
func writeMember(z *zip.Writer, name string, content io.WriterTo) error {
	sum := crc32.NewIEEE()
	n, err := content.WriteTo(sum)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Store, CRC32: sum.Sum32(), CompressedSize64: uint64(n), UncompressedSize64: uint64(n),
		ModifiedDate: 1<<5 | 1, //nolint:staticcheck // 1980-01-01: CreateRaw takes no other form of it
	})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, err := content.WriteTo(w); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// jsonMember is content that is written as it is.
type jsonMember []byte

// WriteTo implements [io.WriterTo].
func (b jsonMember) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(b)
	return int64(n), err
}
