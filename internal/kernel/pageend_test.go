//go:build linux || darwin

package kernel

import (
	"syscall"
	"testing"
	"unsafe"
)

// atPageEnd copies x to the end of a page of memory that no readable page
// follows: a kernel that reads or writes beyond it crashes.
func atPageEnd(t *testing.T, x []float32) []float32 {
	page := syscall.Getpagesize()
	size := (4*len(x) + page - 1) &^ (page - 1)
	mem, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(mem); err != nil {
			t.Error(err)
		}
	})
	if err := syscall.Mprotect(mem[size:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	y := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(mem[size-4*len(x):]))), len(x))
	copy(y, x)
	return y
}
