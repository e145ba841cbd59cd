package kernel

// (The AVX2 kernels' line stands in avx2_amd64.go. This one can't stand in
// neon_arm64.go, which go generate reads on arm64 alone.)
//
//go:generate sh -c "cd _neon && go run . -out ../kernel_arm64.s -stubs ../stubs_arm64.go"
