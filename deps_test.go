package recurve_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// depsRooms states which room may import which, as go/build/deps_test.go does
// for Go itself: a line for each room, lowest first, with all of our packages
// that its code may import. A room may only name rooms on lines above its own,
// so arrows point down and a cycle can't be written. Tests may import any room.
// "." is the root package, recurve. A star is each room on the lines above.
//
// A new room takes its line here. Think before a line grows: a picture knows
// nothing of models, a layer nothing of files.
const depsRooms = `
internal/elementary:
internal/kernel: internal/elementary
internal/hdf5:
internal/atomicfile:
internal/numpy: internal/atomicfile

regularizer:
constraint:
tensor:         internal/kernel regularizer constraint
activation:     internal/kernel tensor
initializer:    internal/elementary tensor
layer:          internal/kernel regularizer constraint tensor activation initializer

optimizer:      internal/elementary internal/kernel tensor
loss:           internal/elementary internal/kernel tensor activation
metric:         internal/elementary loss

text:           internal/numpy
dataset:        internal/numpy text
dataset/source: internal/atomicfile
dataset/imdb:   internal/numpy text dataset dataset/source
dataset/mini:   internal/numpy text dataset

.:              internal/kernel internal/numpy regularizer constraint tensor activation initializer layer optimizer loss metric text dataset

keras:          internal/hdf5 internal/atomicfile internal/numpy regularizer constraint tensor activation initializer layer optimizer loss metric text dataset .
onnx:           internal/atomicfile tensor activation layer text .
callback:       internal/atomicfile tensor layer optimizer loss metric dataset . keras

plot:           internal/atomicfile
runs:           .
serve:          tensor layer text dataset . keras
studio:         tensor layer text dataset dataset/source dataset/imdb dataset/mini . keras callback plot runs

internal/cli:   *
cmd/recurve:    internal/cli

tools/oracle/export: *
bench/recurve:  internal/atomicfile internal/numpy activation layer loss metric optimizer dataset dataset/imdb dataset/source .
`

// depsModule is the import path that our packages begin with.
const depsModule = "recurve"

func TestDependencies(t *testing.T) {
	for _, problem := range checkDeps(t, os.DirFS("."), depsRooms) {
		t.Error(problem)
	}
}

// TestDependenciesCheck sees the check itself fail.
func TestDependenciesCheck(t *testing.T) {
	const rooms = `
internal/kernel:
low:  internal/kernel
.:    low
side:
top:  *
`
	file := func(s string) *fstest.MapFile {
		constraint, imports, found := strings.Cut(s, "\n")
		if !found {
			constraint, imports = "", s
		}
		return &fstest.MapFile{Data: []byte(constraint + "\npackage p\n" + imports)}
	}
	sound := func() fstest.MapFS {
		return fstest.MapFS{
			"root.go":                          file(`import _ "recurve/low"`),
			"root_test.go":                     file(`import _ "recurve/top"`),
			"low/low.go":                       file(`import ("fmt"; _ "recurve/internal/kernel"; _ "gonum.org/v1/plot")`),
			"low/low_test.go":                  file(`import (_ "recurve/top"; _ "unsafe")`),
			"internal/kernel/fast.go":          file(`import _ "unsafe"`),
			"top/top.go":                       file(`import (_ "recurve"; _ "recurve/side"; _ "recurve/low")`),
			"low/testdata/x.go":                file(`import _ "recurve/top"`),
			"internal/kernel/_avo/go.mod":      {Data: []byte("module recurve/avo")},
			"internal/kernel/_avo/generate.go": file(`import _ "recurve/top"`),
			"tools/lint/go.mod":                {Data: []byte("module recurve/tools/lint")},
			"tools/lint/lint.go":               file(`import _ "recurve/top"`),
		}
	}
	if got := checkDeps(t, sound(), rooms); len(got) > 0 {
		t.Errorf("a sound tree is found at fault: %q", got)
	}
	for _, c := range []struct{ name, source, want string }{
		{"low/up.go", `import _ "recurve/top"`, "low/up.go: low may not import top"},
		{"low/windows.go", "//go:build windows\n" + `import _ "recurve"`, "low/windows.go: low may not import the root package"},
		{"side/side.go", `import _ "recurve/low"`, "side/side.go: side may not import low"},
		{"up.go", `import _ "recurve/side"`, "up.go: the root package may not import side"},
		{"new/new.go", ``, "new is not in the table"},
		{"low/new.go", `import _ "recurve/elsewhere"`, "low/new.go: low may not import elsewhere"},
		{"low/c.go", `import "C"`, `low/c.go: import "C"`},
		{"internal/kernel/c.go", `import "C"`, `internal/kernel/c.go: import "C"`},
		{"top/unsafe.go", `import _ "unsafe"`, `top/unsafe.go: import "unsafe"`},
	} {
		tree := sound()
		tree[c.name] = file(c.source)
		got := checkDeps(t, tree, rooms)
		if len(got) != 1 || !strings.Contains(got[0], c.want) {
			t.Errorf("%s with %s: found %q, want %q", c.name, c.source, got, c.want)
		}
	}
}

// checkDeps returns what in the module's tree breaks the table.
func checkDeps(t *testing.T, tree fs.FS, table string) []string {
	t.Helper()
	allowed := parseDepsRooms(t, table)
	var problems []string
	unknown := map[string]bool{}
	for _, name := range depsFiles(t, tree) {
		room := path.Dir(name)
		may, known := allowed[room]
		if !known && !unknown[room] {
			unknown[room] = true
			problems = append(problems, fmt.Sprintf(
				"%s is not in the table of rooms: add a line to deps_test.go that says what it may import", room))
		}
		for _, imported := range depsImports(t, tree, name) {
			if to, ours := depsRoom(imported); ours {
				if known && !slices.Contains(may, to) {
					problems = append(problems, fmt.Sprintf("%s: %s may not import %s: deps_test.go allows it %v",
						name, depsTitle(room), depsTitle(to), may))
				}
			} else if imported == "C" || imported == "unsafe" && room != "internal/kernel" {
				problems = append(problems, fmt.Sprintf(
					"%s: import %q: Recurve is pure Go, and only internal/kernel may use unsafe", name, imported))
			}
		}
	}
	return problems
}

// parseDepsRooms reads the table and holds it to its own rule: a room is
// declared before it is imported.
func parseDepsRooms(t *testing.T, table string) map[string][]string {
	t.Helper()
	allowed := map[string][]string{}
	var above []string
	for line := range strings.Lines(table) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		room, imports, found := strings.Cut(line, ":")
		if _, twice := allowed[room]; !found || twice {
			t.Fatalf("the table of rooms: line %q: want \"ROOM: IMPORTS\", each room once", line)
		}
		may := strings.Fields(imports)
		if slices.Equal(may, []string{"*"}) {
			may = slices.Clone(above)
		}
		for _, to := range may {
			if !slices.Contains(above, to) {
				t.Fatalf("the table of rooms: %s imports %s, which is not on a line above it", room, to)
			}
		}
		allowed[room] = may
		above = append(above, room)
	}
	return allowed
}

// depsFiles are the Go files of the module that are no tests, for any platform.
func depsFiles(t *testing.T, tree fs.FS) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() {
			if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
				files = append(files, name)
			}
			return nil
		}
		base := path.Base(name)
		hidden := name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_"))
		_, noModule := fs.Stat(tree, path.Join(name, "go.mod"))
		if hidden || base == "testdata" || name != "." && noModule == nil {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func depsImports(t *testing.T, tree fs.FS, name string) []string {
	t.Helper()
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var imports []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		imports = append(imports, imported)
	}
	return imports
}

// depsRoom is the room of one of our import paths.
func depsRoom(imported string) (room string, ours bool) {
	if imported == depsModule {
		return ".", true
	}
	return strings.CutPrefix(imported, depsModule+"/")
}

func depsTitle(room string) string {
	if room == "." {
		return "the root package"
	}
	return room
}
