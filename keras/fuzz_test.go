package keras

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"recurve/internal/hdf5"
)

// FuzzRead reads any bytes as a file. What is read is written, and read again
// as the same.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"named", "lstm_adam", "bidirectional", "options"} {
		f.Add(fixtureFile(f, name))
	}
	f.Add(written(f, small(f)))
	f.Add([]byte("PK\x05\x06"))
	f.Add(read1(f, fixture{Name: "lstm_rmsprop"}.in(Legacy)))
	f.Add(read1(f, "testdata/keras2/keras_2_1.h5"))
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
	f.Add([]byte(`{"class_name":"Sequential","config":[{"class_name":"LSTM","config":{"units":5,"batch_input_shape":[null,9,4]}}]}`), false, true)
	for _, name := range []string{"functional", "functional_masked", "functional_bidirectional"} {
		f.Add(contents(f, fixtureFile(f, name))[configMember], false, false)
	}
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

// FuzzLegacy reads any configuration, in any of its parts, of a .h5 file with
// sound weights.
func FuzzLegacy(f *testing.F) {
	for _, name := range []string{"lstm_rmsprop.h5", "bidirectional.h5", "functional_bidirectional.h5", "keras2/keras_2_1.h5", "keras2/legacy_adam.h5", "keras2/functional.h5"} {
		h5, err := hdf5.Open(bytes.NewReader(read1(f, "testdata/"+name)), int64(len(read1(f, "testdata/"+name))))
		if err != nil {
			f.Fatal(err)
		}
		var attrs [3]string
		for i, name := range []string{modelConfigAttr, trainingConfigAttr, versionAttr} {
			if attrs[i], err = textAttr(h5.Root(), name); err != nil {
				f.Fatal(err)
			}
		}
		f.Add(attrs[0], attrs[1], attrs[2], "lstm lstm_1", "lstm/kernel:0 lstm/recurrent_kernel:0 lstm/bias:0", "Adam/iter:0 Adam/lstm/kernel/m:0 Adam/lstm/kernel/v:0")
	}
	f.Fuzz(func(t *testing.T, config, training, version, layers, weights, state string) {
		w := hdf5.NewWriter()
		root := w.Root()
		root.SetAttrString(modelConfigAttr, config)
		root.SetAttrString(trainingConfigAttr, training)
		root.SetAttrString(versionAttr, version)
		g := root.CreateGroup(modelWeightsGroup)
		g.SetAttrStrings(layerNamesAttr, strings.Fields(layers))
		for i, name := range []string{"embedding", "lstm", "dense"} {
			l := g.CreateGroup(name)
			l.SetAttrStrings(weightNamesAttr, strings.Fields(weights))
			l.WriteFloat32("kernel:0", []int{4, 20}, make([]float32, 80))
			l.WriteFloat32("lstm/kernel:0", []int{4, 20}, make([]float32, 80))
			l.WriteFloat32("lstm/recurrent_kernel:0", []int{5, 20}, make([]float32, 100))
			l.WriteFloat32("lstm/bias:0", []int{20 * (1 + i)}, make([]float32, 20*(1+i)))
		}
		o := root.CreateGroup(optimizerWeights)
		o.SetAttrStrings(weightNamesAttr, strings.Fields(state))
		o.WriteInt64("Adam/iter:0", nil, []int64{3})
		o.WriteFloat32("Adam/lstm/kernel/m:0", []int{4, 20}, make([]float32, 80))
		o.WriteFloat32("Adam/lstm/kernel/v:0", []int{4, 20}, make([]float32, 80))
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			return // such as a name that is no text
		}
		checkRead(t, b.Bytes(), Options{})
		if _, err := inspect(bytes.NewReader(b.Bytes()), int64(b.Len())); err != nil {
			checkKind(t, nameFile(err, "m.keras"))
		}
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
