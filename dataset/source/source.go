// Package source owns where a data set's files come from: the path given, the
// folders named in RECURVE_DATA, those in recurve.toml, the user's cache folder,
// and last the publisher's address, from which a file is fetched into the cache.
package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/adrg/xdg"
)

// EnvFolders is the environment variable that names folders with data, separated
// as in PATH.
const EnvFolders = "RECURVE_DATA"

// ConfigFile is the file, in the working folder or above, whose list "data"
// names folders with data; a relative one starts at the file's own folder.
const ConfigFile = "recurve.toml"

// File is a file of a data set.
type File struct {
	// Name is the file's name in every folder.
	Name string
	// URL is the publisher's address of it.
	URL string
	// Size is its length in bytes as published; a much longer download is
	// broken off.
	Size int64
	// SHA256 are the digests, in hexadecimal, that a download is known by.
	SHA256 []string
	// Content accepts a download of other bytes by what is in it; nil accepts
	// none.
	Content func(path string) error
	// Companion files may be missing at the path given: they are then looked
	// for in the other places.
	Companion bool
}

// Options say where to look. The zero value looks everywhere.
type Options struct {
	// Path is the file itself, or the folder that holds it. Where it is set,
	// no other place is searched.
	Path string
	// Offline forbids downloading.
	Offline bool
	// CacheDir is the folder for downloaded files; default: recurve in the
	// user's cache folder.
	CacheDir string
	// Mirror is the address of a folder that stands in for the publisher's.
	Mirror string
	// Client fetches; default: one that gives up on a server that does not
	// answer.
	Client *http.Client
	// Progress is told while a file is downloaded how many bytes of how many
	// have arrived; total is -1 where it is not known. It is called at the
	// start, after every piece and at the end.
	Progress func(file string, done, total int64)
}

// NotFoundError says that a file is neither on this machine nor to be had from
// its publisher.
type NotFoundError struct {
	Name   string   // the file
	Looked []string // where it is not
	URL    string   // where it was to be fetched from; empty when offline was asked for
	Fetch  error    // why fetching failed
}

func (e *NotFoundError) Error() string {
	fetch := "downloading is switched off"
	if e.URL != "" {
		fetch = fmt.Sprintf("downloading it from %s failed: %v", e.URL, e.Fetch)
	}
	return fmt.Sprintf("%s was not found (%s), and %s; put the file into a folder and name that folder in %s",
		e.Name, strings.Join(e.Looked, "; "), fetch, EnvFolders)
}

// Unwrap returns why fetching failed.
func (e *NotFoundError) Unwrap() error { return e.Fetch }

// Use finds a file, or fetches it, and calls use with its path. Where use finds
// a file in the cache damaged, it is fetched and used again. The error is a
// *NotFoundError where the file is nowhere to be had, the context's where that
// ended, else what use returned.
func (o Options) Use(ctx context.Context, f File, use func(path string) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	place, err := o.find(f)
	if err != nil {
		return err
	}
	if place.path == "" {
		if place.path, err = o.fetchMissing(ctx, f, place.looked); err != nil {
			return err
		}
		return use(place.path)
	}
	var before os.FileInfo
	if place.cached {
		if before, err = os.Stat(place.path); err != nil {
			return err
		}
	}
	err = use(place.path)
	if err == nil || !place.cached || o.Offline || ctx.Err() != nil {
		return err
	}
	if _, again := o.fetch(ctx, f, before); again != nil {
		return fmt.Errorf("%w; fetching it again failed: %w", err, again)
	}
	return use(place.path)
}

// fetchMissing fetches a file that is in none of the places looked at.
func (o Options) fetchMissing(ctx context.Context, f File, looked []string) (string, error) {
	missing := &NotFoundError{Name: f.Name, Looked: looked}
	if o.Offline {
		return "", missing
	}
	path, err := o.fetch(ctx, f, nil)
	if err == nil {
		return path, nil
	}
	if ctx.Err() != nil {
		return "", fmt.Errorf("downloading %s: %w", f.Name, ctx.Err())
	}
	missing.URL, missing.Fetch = o.url(f), err
	return "", missing
}

// place is where a file was found, or where it was not.
type place struct {
	path   string // empty: nowhere
	cached bool   // path lies in the cache folder
	looked []string
}

// find looks in every place on this machine.
func (o Options) find(f File) (place, error) {
	var p place
	if o.Path != "" {
		path, err := given(o.Path, f)
		if path != "" || err != nil {
			return place{path: path}, err
		}
		p.looked = append(p.looked, "not beside "+o.Path)
	}
	folders, looked, err := listed()
	if err != nil {
		return place{}, err
	}
	p.looked = append(p.looked, looked...)
	for _, folder := range folders {
		path := filepath.Join(folder, f.Name)
		err := regular(path)
		if err == nil {
			return place{path: path}, nil
		}
		p.looked = append(p.looked, err.Error())
	}
	path := filepath.Join(o.cacheDir(), f.Name)
	if err := regular(path); err != nil {
		p.looked = append(p.looked, err.Error())
		return p, nil
	}
	return place{path: path, cached: true}, nil
}

// given is the file at the path a person gave; empty where a companion is not
// there.
func given(path string, f File) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	folder := path
	if !info.IsDir() {
		if !f.Companion || filepath.Ext(path) == filepath.Ext(f.Name) {
			return path, nil
		}
		folder = filepath.Dir(path)
	}
	inside := filepath.Join(folder, f.Name)
	switch err := regular(inside); {
	case err == nil:
		return inside, nil
	case f.Companion:
		return "", nil
	default:
		return "", err
	}
}

// regular reports why path is not a file to read.
func regular(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("no %s", path)
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", path)
	}
	return nil
}

// listed are the folders of the environment and of the configuration file.
func listed() (folders, looked []string, err error) {
	for _, folder := range filepath.SplitList(os.Getenv(EnvFolders)) {
		if folder != "" {
			folders = append(folders, folder)
		}
	}
	if len(folders) == 0 {
		looked = append(looked, EnvFolders+" is not set")
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, nil, err
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		path := filepath.Join(dir, ConfigFile)
		more, err := configured(path)
		if err == nil {
			return append(folders, more...), looked, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, nil, err
		}
		if dir == filepath.Dir(dir) {
			return folders, append(looked, "no "+ConfigFile+" in "+here+" or above"), nil
		}
	}
}

// configured are the folders a configuration file names.
func configured(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var config struct {
		Data []string `toml:"data"`
	}
	if err := toml.Unmarshal(b, &config); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	folders := config.Data
	for i, folder := range folders {
		if !filepath.IsAbs(folder) {
			folders[i] = filepath.Join(filepath.Dir(path), folder)
		}
	}
	return folders, nil
}

func (o Options) cacheDir() string {
	if o.CacheDir != "" {
		return o.CacheDir
	}
	return filepath.Join(xdg.CacheHome, "recurve")
}
