package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"recurve/internal/atomicfile"
)

const (
	connectTimeout = 10 * time.Second
	answerTimeout  = 30 * time.Second // from the request to the first byte
	stallTimeout   = time.Minute      // between two pieces
	lockRetry      = 50 * time.Millisecond
)

// fetch downloads a file into the cache folder and returns its path. Of several
// processes that want it one fetches and the others wait. before is the file
// that is to be replaced, nil for none.
func (o Options) fetch(ctx context.Context, f File, before os.FileInfo) (string, error) {
	dir := o.cacheDir()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	target := filepath.Join(dir, f.Name)
	lock := flock.New(target + ".lock")
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return "", fmt.Errorf("waiting for another download: %w", err)
	}
	defer lock.Close()
	if now, err := os.Stat(target); err == nil && now.Mode().IsRegular() && (before == nil || !os.SameFile(before, now)) {
		return target, nil // another process was faster
	}

	pending, err := atomicfile.Create(target)
	if err != nil {
		return "", err
	}
	defer pending.Cleanup()
	digest, err := o.download(ctx, f, pending)
	if err != nil {
		return "", err
	}
	if !slices.Contains(f.SHA256, digest) {
		if err := o.accept(f, pending.Name(), digest); err != nil {
			return "", err
		}
	}
	return target, pending.Commit()
}

// accept looks into a download of unknown bytes.
func (o Options) accept(f File, path, digest string) error {
	err := errors.New("no other bytes are accepted")
	if f.Content != nil {
		err = f.Content(path)
	}
	if err != nil {
		return fmt.Errorf("what arrived is not the data set: its SHA-256 is %s, want %s (%w)", digest, strings.Join(f.SHA256, " or "), err)
	}
	return nil
}

// download writes what the publisher sends to dst and returns its digest.
func (o Options) download(ctx context.Context, f File, dst io.Writer) (string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, o.url(f), http.NoBody)
	if err != nil {
		return "", err
	}
	request.Header.Set("Accept-Encoding", "identity") // the digest is of the file itself
	client := o.Client
	if client == nil {
		client = newClient()
		defer client.CloseIdleConnections()
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the server answered %s", response.Status)
	}

	stalled := fmt.Errorf("nothing arrived for %v", stallTimeout)
	timer := time.AfterFunc(stallTimeout, func() { cancel(stalled) })
	defer timer.Stop()
	hash := sha256.New()
	body := &meter{
		r: response.Body, total: response.ContentLength, most: max(2*f.Size, 1<<20),
		progress: func(done, total int64) {
			timer.Reset(stallTimeout)
			if o.Progress != nil {
				o.Progress(f.Name, done, total)
			}
		},
	}
	body.progress(0, body.total)
	if _, err := io.Copy(io.MultiWriter(dst, hash), body); err != nil {
		if errors.Is(context.Cause(ctx), stalled) {
			err = stalled
		}
		return "", fmt.Errorf("after %d bytes: %w", body.done, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func (o Options) url(f File) string {
	if o.Mirror == "" {
		return f.URL
	}
	return strings.TrimSuffix(o.Mirror, "/") + "/" + path.Base(f.URL)
}

func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout:   connectTimeout,
		ResponseHeaderTimeout: answerTimeout,
		ForceAttemptHTTP2:     true,
	}}
}

// meter counts what is read, tells it on, and breaks off what is far too long.
type meter struct {
	r           io.Reader
	done, total int64
	most        int64
	progress    func(done, total int64)
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.done += int64(n)
	if m.done > m.most {
		return n, fmt.Errorf("it is longer than %d bytes and cannot be the file", m.most)
	}
	if n > 0 {
		m.progress(m.done, m.total)
	}
	return n, err
}
