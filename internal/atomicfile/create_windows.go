package atomicfile

func create(path string) (File, error) { return newReplacing(path) }
