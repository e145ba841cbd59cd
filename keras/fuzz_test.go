package keras

import (
	"archive/zip"
	"bytes"
	"testing"
)

// FuzzRead reads any bytes as a file. What is read is written, and read again
// as the same.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"named", "lstm_adam", "bidirectional", "options"} {
		f.Add(fixtureFile(f, name))
	}
	f.Add(written(f, small(f)))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, file []byte) { checkRead(t, file, Options{}) })
}

// FuzzConfig reads any config.json with sound weights, which the archive's
// checksum would hide from FuzzRead.
func FuzzConfig(f *testing.F) {
	weights := map[bool][]byte{}
	for i, name := range []string{"lstm_adam", "bidirectional"} {
		members := contents(f, fixtureFile(f, name))
		weights[i > 0] = members[weightsMember]
		f.Add(members[configMember], i > 0, i > 0)
		f.Add(contents(f, packedAgain(f, name))[configMember], i > 0, false)
	}
	f.Add([]byte(`{"class_name":"Sequential","config":{"layers":[{"class_name":"Embedding","config":{"input_dim":20,"output_dim":4}}]}}`), false, false)
	f.Add([]byte(`{"class_name":"Sequential","config":{}}`), false, true)
	f.Fuzz(func(t *testing.T, config []byte, other, noCompile bool) {
		file := packed(t, zip.Store, map[string][]byte{configMember: config, weightsMember: weights[other]})
		checkRead(t, file, Options{NoCompile: noCompile})
	})
}

// FuzzWeights reads any weights with a sound config.json.
func FuzzWeights(f *testing.F) {
	members := contents(f, fixtureFile(f, "lstm_adam"))
	f.Add(members[weightsMember])
	f.Add(contents(f, packedAgain(f, "lstm_adam"))[weightsMember])
	f.Fuzz(func(t *testing.T, weights []byte) {
		file := packed(t, zip.Store, map[string][]byte{configMember: members[configMember], weightsMember: weights})
		checkRead(t, file, Options{})
	})
}

// packedAgain is a fixture in Recurve's own form.
func packedAgain(t testing.TB, name string) []byte {
	t.Helper()
	m, err := Load(fixture{Name: name}.path())
	if err != nil {
		t.Fatal(err)
	}
	return written(t, m)
}

func checkRead(t *testing.T, file []byte, o Options) {
	t.Helper()
	m, err := readBytes(file, o)
	if err != nil {
		checkKind(t, err)
		return
	}
	var b bytes.Buffer
	if err := Write(&b, m); err != nil {
		return // such as a name with a slash
	}
	again, err := readBytes(b.Bytes(), o)
	if err != nil {
		t.Fatalf("what was written cannot be read: %v", err)
	}
	var c bytes.Buffer
	if err := Write(&c, again); err != nil {
		t.Fatal(err)
	}
	first, second := contents(t, b.Bytes()), contents(t, c.Bytes())
	for _, name := range []string{configMember, weightsMember, textMember, originMember} {
		if !bytes.Equal(first[name], second[name]) {
			t.Errorf("%s: not the same bytes when read and written again", name)
		}
	}
}
