package hdf5_test

import (
	"bytes"
	"fmt"

	"recurve/internal/hdf5"
)

func Example() {
	w := hdf5.NewWriter()
	vars := w.Root().CreateGroup("layers/dense/vars")
	vars.SetAttrString("name", "dense")
	vars.WriteFloat32("0", []int{2, 1}, []float32{0.5, -0.25})

	var file bytes.Buffer
	if _, err := w.WriteTo(&file); err != nil {
		fmt.Println(err)
		return
	}

	f, err := hdf5.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	kernel, err := f.Root().Dataset("layers/dense/vars/0")
	if err != nil {
		fmt.Println(err)
		return
	}
	values, err := kernel.Float32s()
	fmt.Println(kernel.Type(), kernel.Shape(), values, err)
	// Output: float32 [2 1] [0.5 -0.25] <nil>
}
