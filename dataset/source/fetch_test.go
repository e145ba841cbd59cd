package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const content = "the reviews, all of them"

func published(body string) File {
	sum := sha256.Sum256([]byte(body))
	return File{Name: "d.npz", URL: "http://publisher.invalid/folder/d.npz", Size: int64(len(body)), SHA256: []string{hex.EncodeToString(sum[:])}}
}

// server serves and counts requests.
func server(t *testing.T, answer http.HandlerFunc) (mirror string, requests *atomic.Int32) {
	t.Helper()
	requests = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.URL.Path != "/mirror/d.npz" {
			http.NotFound(w, r)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/mirror/", requests
}

// onlyFile asserts that the cache holds d.npz or nothing, beside the lock.
func onlyFile(t *testing.T, cache string, want bool) {
	t.Helper()
	entries, err := os.ReadDir(cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "d.npz.lock" && (e.Name() != "d.npz" || !want) {
			t.Errorf("%s lies in the cache", e.Name())
		}
	}
}

func TestFetch(t *testing.T) {
	r := newRooms(t)
	mirror, requests := server(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, content) })
	var steps []string
	o := Options{CacheDir: filepath.Join(r.cache, "new", "folder"), Mirror: mirror, Progress: func(file string, done, total int64) {
		steps = append(steps, fmt.Sprintf("%s %d/%d", file, done, total))
	}}
	for range 2 {
		if got, err := found(o, published(content)); err != nil || got != content {
			t.Fatalf("%q %v", got, err)
		}
	}
	if requests.Load() != 1 {
		t.Errorf("%d requests", requests.Load())
	}
	if len(steps) < 2 || steps[0] != "d.npz 0/24" || steps[len(steps)-1] != "d.npz 24/24" {
		t.Errorf("progress %q", steps)
	}
	onlyFile(t, o.CacheDir, true)
	info, err := os.Stat(filepath.Join(o.CacheDir, "d.npz"))
	if err != nil || info.Mode().Perm()&0o600 != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	o.CacheDir, o.Offline = r.cache, true
	if _, err := found(o, published(content)); err == nil || requests.Load() != 1 {
		t.Errorf("offline: %v after %d requests", err, requests.Load())
	}
}

func TestFetchFails(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   []string
	}{
		{"404", http.NotFound, []string{"404 Not Found"}},
		{"500", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusInternalServerError) }, []string{"500 Internal"}},
		{"truncated", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "24")
			fmt.Fprint(w, content[:10])
		}, []string{"after 10 bytes", "unexpected EOF"}},
		{"truncated without a length", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, content[:10])
			w.(http.Flusher).Flush()
		}, []string{"SHA-256 is ", "want " + published(content).SHA256[0]}},
		{"wrong digest", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.ToUpper(content)) },
			[]string{"not the data set", "SHA-256", "it is not them"}},
		{"far too long", func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 3<<20)) }, []string{"longer than"}},
		{"broken off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "24")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, []string{"after 0 bytes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRooms(t)
			mirror, _ := server(t, c.answer)
			f := published(content)
			f.Content = func(string) error { return errors.New("it is not them") }
			_, err := found(Options{CacheDir: r.cache, Mirror: mirror}, f)
			var missing *NotFoundError
			if !errors.As(err, &missing) || missing.Fetch == nil {
				t.Fatalf("%v", err)
			}
			expect(t, err, append(c.want, "downloading it from "+mirror+"d.npz failed", filepath.Join(r.cache, "d.npz"))...)
			onlyFile(t, r.cache, false)
		})
	}
}

func TestNobodyThere(t *testing.T) {
	r := newRooms(t)
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	_, err := found(Options{CacheDir: r.cache, Mirror: s.URL}, published(content))
	var missing *NotFoundError
	if !errors.As(err, &missing) {
		t.Fatalf("%v", err)
	}
	expect(t, err, "refused")
}

func TestContentAccepts(t *testing.T) {
	r := newRooms(t)
	mirror, _ := server(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "other bytes") })
	f := published(content)
	f.Content = func(path string) error {
		if b, err := os.ReadFile(path); err != nil || string(b) != "other bytes" {
			return fmt.Errorf("%q %w", b, err)
		}
		return nil
	}
	if got, err := found(Options{CacheDir: r.cache, Mirror: mirror}, f); err != nil || got != "other bytes" {
		t.Errorf("%q %v", got, err)
	}
}

func TestCancelled(t *testing.T) {
	r := newRooms(t)
	ctx, cancel := context.WithCancel(context.Background())
	mirror, _ := server(t, func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Length", "24")
		fmt.Fprint(w, content[:5])
		w.(http.Flusher).Flush()
		<-req.Context().Done()
	})
	o := Options{CacheDir: r.cache, Mirror: mirror, Progress: func(_ string, done, _ int64) {
		if done > 0 {
			cancel()
		}
	}}
	use := func(string) error { t.Error("used"); return nil }
	err := o.Use(ctx, published(content), use)
	var missing *NotFoundError
	if !errors.Is(err, context.Canceled) || errors.As(err, &missing) {
		t.Errorf("%v", err)
	}
	onlyFile(t, r.cache, false)
	if err := o.Use(ctx, published(content), use); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
}

// TestDamagedCache fetches again what is damaged in the cache, and only there.
func TestDamagedCache(t *testing.T) {
	r := newRooms(t)
	mirror, requests := server(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, content) })
	o := Options{CacheDir: r.cache, Mirror: mirror}
	use := func(path string) error {
		if b, err := os.ReadFile(path); err != nil || string(b) != content {
			return fmt.Errorf("%s is damaged", path)
		}
		return nil
	}
	ctx := context.Background()
	cached := filepath.Join(r.cache, "d.npz")
	write(t, cached, "half of")
	if err := o.Use(ctx, published(content), use); err != nil || requests.Load() != 1 {
		t.Errorf("%v after %d requests", err, requests.Load())
	}
	write(t, cached, "half of")
	o.Offline = true
	expect(t, o.Use(ctx, published(content), use), cached+" is damaged")
	o.Offline, o.Mirror = false, mirror+"nothing"
	expect(t, o.Use(ctx, published(content), use), "is damaged; fetching it again failed: the server answered 404")
	o.Mirror = mirror
	if err := os.Remove(cached); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(r.env, "d.npz"), "half of")
	expect(t, o.Use(ctx, published(content), use), filepath.Join(r.env, "d.npz")+" is damaged")
	if requests.Load() != 2 {
		t.Errorf("%d requests", requests.Load())
	}
	onlyFile(t, r.cache, false)
}

// TestAtOnce has many want the same file; one fetches it.
func TestAtOnce(t *testing.T) {
	r := newRooms(t)
	mirror, requests := server(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, content) })
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			o := Options{CacheDir: r.cache, Mirror: mirror}
			if got, err := found(o, published(content)); err != nil || got != content {
				t.Errorf("%q %v", got, err)
			}
		})
	}
	wait.Wait()
	if requests.Load() != 1 {
		t.Errorf("%d requests", requests.Load())
	}
}

func TestUnwritableCache(t *testing.T) {
	r := newRooms(t)
	mirror, _ := server(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, content) })
	file := filepath.Join(r.root, "file")
	write(t, file, "x")
	_, err := found(Options{CacheDir: filepath.Join(file, "cache"), Mirror: mirror}, published(content))
	expect(t, err, "d.npz was not found", "not a directory")
}
