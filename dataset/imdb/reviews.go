package imdb

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"sync"

	"recurve/dataset/source"
	"recurve/internal/numpy"
)

const publisher = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

// knownReviews are the SHA-256 of files that are known to hold the reviews:
// Keras' own and one rebuilt from the published reviews.
func knownReviews() []string {
	return []string{
		"69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
		"c8c259af7b025f1e4b8dfe4efbce891ac55d2976385e6632048a019cf1b94e40",
	}
}

// Digests of the content, as the package comment defines them.
const (
	trainContent = "f2de0c44f58a47bb136d4aaeda92d7cc686edbc0b507f18aa1182f4dbac2d901"
	testContent  = "d4634ef37f13a333fa76004e9f5b6a84a2f2ab5f9e6d4f53e481059936f82f70"
)

func reviewsFile() source.File {
	return source.File{
		Name: "imdb.npz", URL: publisher + "imdb.npz", Size: 17464789, SHA256: knownReviews(),
		Content: func(path string) error {
			_, err := readReviews(path, true)
			return err
		},
	}
}

// part is the training or the test reviews as the file has them: ranks of words,
// and labels.
type part struct {
	x [][]int32
	y []float32
}

type reviews struct {
	train, test part
	whole       bool // test was read
}

// readReviews reads an imdb.npz, without the test reviews unless the whole is
// wanted, and makes sure that what it reads is what it should be.
func readReviews(path string, whole bool) (*reviews, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var r *reviews
	known := false
	err = both(func() (err error) {
		r, err = unpack(b, whole)
		return err
	}, func() error {
		sum := sha256.Sum256(b)
		known = slices.Contains(knownReviews(), hex.EncodeToString(sum[:]))
		return nil
	})
	if err == nil && !known {
		err = r.compare()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// unpack reads the arrays of an imdb.npz.
func unpack(npz []byte, whole bool) (*reviews, error) {
	z, err := numpy.NewNPZ(bytes.NewReader(npz), int64(len(npz)))
	if err != nil {
		return nil, err
	}
	r := &reviews{whole: whole}
	err = both(
		func() error { return r.train.read(z, "x_train", "y_train") },
		r.unlessTrain(func() error { return r.test.read(z, "x_test", "y_test") }),
	)
	return r, err
}

// compare makes sure that the content is what it should be.
func (r *reviews) compare() error {
	return both(
		func() error { return r.train.compare("training", trainContent) },
		r.unlessTrain(func() error { return r.test.compare("test", testContent) }),
	)
}

// unlessTrain is what is done with the test reviews, where they are read.
func (r *reviews) unlessTrain(do func() error) func() error {
	if r.whole {
		return do
	}
	return func() error { return nil }
}

// both runs two functions at once. Of two errors the first one's is returned, so
// that the same file always gives the same error.
func both(first, second func() error) error {
	var wait sync.WaitGroup
	var err1, err2 error
	wait.Go(func() { err1 = first() })
	err2 = second()
	wait.Wait()
	return cmp.Or(err1, err2)
}

// read reads the arrays x and y.
func (p *part) read(z *numpy.NPZ, x, y string) error {
	labels, err := z.Array(y)
	if err != nil {
		return err
	}
	if p.x, err = z.IntLists(x); err != nil {
		return err
	}
	if len(labels.Shape) != 1 || labels.Len() != len(p.x) {
		return fmt.Errorf("%s has shape %v for the %d reviews of %s", y, labels.Shape, len(p.x), x)
	}
	p.y = labels.Float32s()
	for i, v := range p.y {
		if v != 0 && v != 1 {
			return fmt.Errorf("%s: label %v of review %d: want 0 or 1", y, v, i)
		}
	}
	return nil
}

// compare compares the content's digest with the one it should have.
func (p *part) compare(name, want string) error {
	if got := p.digest(); got != want {
		return fmt.Errorf("its %s reviews are not those of Keras' IMDB data set: the SHA-256 of their content is %s, want %s", name, got, want)
	}
	return nil
}

// digest is the SHA-256 of the content, as the package comment defines it.
func (p *part) digest() string {
	h := sha256.New()
	var b []byte
	for i, ids := range p.x {
		b = append(b[:0], byte(p.y[i]))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(ids)))
		for _, id := range ids {
			b = binary.LittleEndian.AppendUint32(b, uint32(id))
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))
}
