package keras

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"testing"

	"recurve/internal/hdf5"
	"recurve/layer"
)

// header changes a member's entry in the archive's directory.
func header(t *testing.T, file []byte, name string, change func(entry []byte)) []byte {
	t.Helper()
	file = bytes.Clone(file)
	for at := 0; ; {
		i := bytes.Index(file[at:], []byte("PK\x01\x02"))
		if i < 0 {
			t.Fatalf("no entry for %s", name)
		}
		at += i
		if entry := file[at:]; bytes.HasPrefix(entry[46:], []byte(name)) {
			change(entry)
			return file
		}
		at += 4
	}
}

// TestHostileArchive claims sizes that are not there.
func TestHostileArchive(t *testing.T) {
	whole := fixtureFile(t, "lstm_rmsprop")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	size := func(field int, n uint32) func([]byte) {
		return func(entry []byte) { binary.LittleEndian.PutUint32(entry[field:], n) }
	}
	const packedSize, unpackedSize = 20, 24
	checkDamaged(t, header(t, whole, configMember, size(unpackedSize, 4_000_000_000)), configMember, "it claims 4000000000 bytes; the most that is read is 16777216")
	checkDamaged(t, header(t, whole, configMember, size(packedSize, 4_000_000_000)), configMember, "it claims 4000000000 bytes in a file of")
	checkDamaged(t, header(t, whole, configMember, size(unpackedSize, 17)), configMember, "")
	checkDamaged(t, header(t, whole, weightsMember, size(unpackedSize, 4_000_000_000)), weightsMember, "it claims")
	checkDamaged(t, header(t, whole, weightsMember, size(packedSize, 4_000_000_000)), weightsMember, "it claims 4000000000 bytes from byte")
	checkDamaged(t, header(t, whole, weightsMember, func(e []byte) { e[8] |= 1 }), weightsMember, "it is encrypted")
	checkDamaged(t, header(t, whole, weightsMember, func(e []byte) { e[10] = 12 }), weightsMember, "it is packed by method 12")

	members := contents(t, whole)
	members[weightsMember] = make([]byte, trusted+1)
	checkDamaged(t, packed(t, zip.Deflate, members), weightsMember, "more than 100 times as much")
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<30 {
		t.Errorf("%d bytes were taken up", used)
	}

	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for range 2 {
		w, err := z.Create(configMember)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(w, "{}")
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	checkDamaged(t, b.Bytes(), "", `two members called "config.json"`)
}

// TestEveryValue puts odd values in every place of a configuration.
func TestEveryValue(t *testing.T) {
	odd := []string{`null`, `true`, `0`, `-1`, `1.5`, `3e18`, `""`, `"x"`, `[]`, `[null,1]`, `[[]]`, `{}`, `{"class_name":"x"}`, `{"class_name":"function","config":7}`}
	turn := 0
	for _, name := range []string{"bidirectional", "fully_compiled"} {
		members := contents(t, fixtureFile(t, name))
		var root map[string]any
		if err := json.Unmarshal(members[configMember], &root); err != nil {
			t.Fatal(err)
		}
		read, refused := 0, 0
		try := func() {
			for range 2 { // all of them in each place take half a minute, and have passed
				turn++
				value := odd[turn%len(odd)]
				b, err := json.Marshal(root)
				if err != nil {
					t.Fatal(err)
				}
				members[configMember] = bytes.Replace(b, []byte(`"HERE"`), []byte(value), 1)
				file := packed(t, zip.Store, members)
				if _, err := readBytes(file, Options{}); err != nil {
					checkKind(t, err)
					refused++
				} else {
					read++
				}
				if t.Failed() {
					t.Fatalf("with %s in\n%s", value, b)
				}
			}
		}
		everyPlace(root, try)
		if read < 50 || refused < 50 {
			t.Errorf("%s: %d read, %d refused, want 50 or more of each", name, read, refused)
		}
	}
}

// everyPlace calls try with "HERE" in one place of v after another.
func everyPlace(v any, try func()) {
	switch v := v.(type) {
	case map[string]any:
		for key, old := range v {
			v[key] = "HERE"
			try()
			v[key] = old
			everyPlace(old, try)
		}
	case []any:
		for i, old := range v {
			v[i] = "HERE"
			try()
			v[i] = old
			everyPlace(old, try)
		}
	}
}

// TestRoom refuses weights that, taken together, are more than the file can
// hold: they share their place in it.
func TestRoom(t *testing.T) {
	var w weightsFile
	left := int64(100)
	for _, c := range []struct {
		shape []int
		fits  bool
	}{{[]int{}, true}, {[]int{9, 9}, true}, {[]int{19}, false}, {[]int{1 << 62, 4}, false}, {[]int{1 << 32, 1 << 32}, false}, {[]int{0, 1 << 62}, true}, {[]int{9, 2}, true}} {
		n, err := w.room(node{at: "layer"}, variable{"kernel", c.shape}, left)
		if (err == nil) != c.fits {
			t.Errorf("shape %v with %d left: error %v, want one: %v", c.shape, left, err, !c.fits)
		}
		left -= n
	}
	if left != 0 {
		t.Errorf("%d left, want 0", left)
	}
}

// TestRoomTogether counts all weights of a file.
func TestRoomTogether(t *testing.T) {
	h5 := contents(t, fixtureFile(t, "lstm_sgd"))[weightsMember]
	f, err := hdf5.Open(bytes.NewReader(h5), int64(len(h5)))
	if err != nil {
		t.Fatal(err)
	}
	layers := newTree(0)
	layers.add("a", layer.Embedding{InputDim: 20, OutputDim: 4})
	layers.add("b", layer.LSTM{Units: 5})
	layers.add("c", layer.Dense{Units: 1})
	const all = 20*4 + 4*20 + 5*20 + 20 + 5 + 1
	for size, fits := range map[int64]bool{all: true, all - 1: false} {
		w := weightsFile{root: f.Root(), size: size, member: weightsMember}
		if err := w.check(layers); (err == nil) != fits {
			t.Errorf("%d bytes for %d values: error %v, want one: %v", size, all, err, !fits)
		}
	}
}

// TestHostileNames refuses members that lead out of their folder, and archives of
// more members than a model has.
func TestHostileNames(t *testing.T) {
	whole := contents(t, fixtureFile(t, "lstm_sgd"))
	for _, name := range []string{"../config.json", "/etc/passwd", "a/../../b", "a//b", `a\..\..\b`, "./a", ""} {
		members := maps.Clone(whole)
		members[name] = []byte("x")
		checkDamaged(t, packed(t, zip.Store, members), "", fmt.Sprintf("the archive has a member %q, whose name leads out of its folder", name))
	}
	members := maps.Clone(whole)
	members["assets/"], members["assets/a"] = nil, nil
	if _, err := readBytes(packed(t, zip.Store, members), Options{}); err != nil {
		t.Error(err)
	}
	for i := range maxMembers {
		members[fmt.Sprint(i)] = nil
	}
	checkDamaged(t, packed(t, zip.Store, members), "", "members; the most that is read is 10000")
}

// TestHostileDepth refuses a configuration that is nested without end, which is
// read once more for each level.
func TestHostileDepth(t *testing.T) {
	wrapped := `{"class_name":"Dense","config":{"units":1}}`
	for range 100_000 {
		wrapped = `{"class_name":"Bidirectional","config":{"layer":` + wrapped + `}}`
		if len(wrapped) > 1<<20 {
			break
		}
	}
	config := `{"class_name":"Sequential","config":{"name":"\"[[[\\","layers":[` + wrapped + `]}}`
	file := edited(t, fixtureFile(t, "lstm_sgd"), configMember, func([]byte) []byte { return []byte(config) })
	checkDamaged(t, file, configMember, "it is nested more than 64 deep at byte")
	checkDamaged(t, edited(t, file, configMember, func([]byte) []byte { return bytes.Repeat([]byte("["), 1<<20) }), configMember, "nested more than 64 deep at byte 64")
	var b bytes.Buffer
	w := hdf5.NewWriter()
	w.Root().SetAttrString(modelConfigAttr, config)
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	checkDamaged(t, b.Bytes(), modelConfigAttr, "it is nested more than 64 deep at byte")
}

// TestHostileLegacy has names that are not there, that are no strings, and weights
// that share a place.
func TestHostileLegacy(t *testing.T) {
	config, err := legacyConfig(small(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		build        func(root, weights *hdf5.GroupWriter)
		member, want string
	}{
		{func(root, _ *hdf5.GroupWriter) {}, "", `attribute "layer_names": not found`},
		{func(_, g *hdf5.GroupWriter) { g.SetAttrStrings(layerNamesAttr, nil) }, "", "file has no more layers with weights than 0"},
		{func(_, g *hdf5.GroupWriter) { g.SetAttrStrings(layerNamesAttr, []string{"a"}) }, "", "/model_weights/a: not found"},
		{func(_, g *hdf5.GroupWriter) { g.SetAttrStrings(layerNamesAttr, []string{"../a"}) }, "", "not found"},
		{func(_, g *hdf5.GroupWriter) {
			g.SetAttrStrings(layerNamesAttr, []string{"a"})
			g.CreateGroup("a").SetAttrStrings(weightNamesAttr, []string{"w"})
		}, "", "/model_weights/a/w: not found"},
		{func(_, g *hdf5.GroupWriter) {
			g.SetAttrStrings(layerNamesAttr, []string{"a"})
			g.CreateGroup("a").SetAttrStrings(weightNamesAttr, []string{"w", "v"})
		}, "", "file has 2 in group a"},
	} {
		w := hdf5.NewWriter()
		w.Root().SetAttrString(modelConfigAttr, string(config))
		c.build(w.Root(), w.Root().CreateGroup(modelWeightsGroup))
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		checkDamaged(t, b.Bytes(), c.member, c.want)
	}
}
