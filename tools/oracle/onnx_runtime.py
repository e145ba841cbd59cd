"""Has ONNX Runtime run the ONNX files that Recurve has written.

  go run ./tools/oracle/export -onnx DIR
  onnx_runtime.py DIR

Every DIR/NAME.onnx must pass ONNX's checker, its inferred shapes included, and predict in ONNX Runtime what NAME.npz
says, to 1e-5: for inputs x0, x1, ... the outputs y0, y1, ..., in batches of several sizes and of several steps. Those of
keras_NAME.npz are Keras' own.
"""

import collections
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-5


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    files = sorted(pathlib.Path(arguments[0]).glob("*.onnx"))
    if not files:
        sys.exit(f"no .onnx files in {arguments[0]}")
    problems, inputs, worst, operators = [], 0, 0.0, collections.Counter()
    for file in files:
        try:
            n, off = examine(file, operators)
            inputs += n
            worst = max(worst, off)
        except Exception as problem:  # one bad file must not hide the others
            problems.append(f"{file.stem}: {type(problem).__name__}: {problem}")
            print(problems[-1], file=sys.stderr)
    cells = ", ".join(f"{operators[name]} {name}" for name in ("RNN", "LSTM", "GRU", "Scan"))
    saved = sum(file.stem.startswith("keras_") for file in files)
    print(f"ONNX Runtime {onnxruntime.__version__}: {len(files) - len(problems)} of {len(files)} models predict the same for "
          f"{inputs} inputs, to {worst:.1e}, and pass the checker of ONNX {onnx.__version__}; {saved} are from Keras; {cells}")
    sys.exit(1 if problems else 0)


def examine(file, operators):
    """Returns how many inputs were tried, and how far the outputs are off at most."""
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    operators.update(node.op_type for node in model.graph.node)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    (entry,), exits = session.get_inputs(), session.get_outputs()
    data = np.load(file.with_suffix(".npz"))
    n, worst = len(data.files) // 2, 0.0
    for i in range(n):
        got = np.concatenate(session.run(None, {entry.name: data[f"x{i}"]}), axis=-1)  # two outputs side by side
        wanted = data[f"y{i}"]
        if got.shape != wanted.shape or got.dtype != wanted.dtype:
            raise ValueError(f"input {i}: the output is {got.dtype} {got.shape}, wanted {wanted.dtype} {wanted.shape}")
        said = [*exits[0].shape[:-1], sum(one.shape[-1] for one in exits)]
        for size, known in zip(wanted.shape, said, strict=True):
            if not isinstance(known, str) and size != known:
                raise ValueError(f"the output's shape is said to be {said}, and is {wanted.shape}")
        scale = max(1, float(np.abs(wanted).max()))
        off = float(np.abs(got.astype(np.float64) - wanted).max()) / scale
        if not off <= TOLERANCE:
            raise ValueError(f"input {i}, {data[f'x{i}'].shape}: the output is off by {off:.1e}")
        worst = max(worst, off)
    return n, worst


main(sys.argv[1:])
