#!/usr/bin/env bash
# Holds Recurve against its oracles: real Keras, h5py, NumPy, scikit-learn, ONNX Runtime.
#
#   tools/oracle/check.sh [PYTHON]
#
# PYTHON is a Python that has the packages of requirements.txt; by default what
# the variable PYTHON names, else python3. With RECURVE_DATA set, the fixtures
# made from the IMDB files are checked as well; with PYTHON_TF, a Python that has
# the packages of requirements-tf.txt, those of Keras 2; with PYTHON_TENSORBOARD,
# one that has those of requirements-tensorboard.txt, TensorBoard's files. Takes
# some minutes.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

python=${1:-${PYTHON:-python3}}
export KERAS_BACKEND=jax PYTHONDONTWRITEBYTECODE=1 RECURVE_PYTHON
if ! RECURVE_PYTHON=$("$python" -c 'import sys, h5py, jax, keras, numpy, onnx, onnxruntime, scipy, sklearn; print(sys.executable)'); then
	echo "$python has not the packages of tools/oracle/requirements.txt" >&2
	exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Compiling takes Keras on JAX most of its time: let it compile less well.
export XLA_FLAGS=${XLA_FLAGS:---xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true}

# check NAME COMMAND... makes one check and notes whether it passes.
check() {
	local name=$1 result=passed
	shift
	"$@" >"$work/log.$BASHPID" 2>&1 || result=failed
	echo "$name" >>"$work/$result"
	printf '%s\n' "-- $name" "$(<"$work/log.$BASHPID")"
	[[ $result == passed ]] || echo "FAILED: $name"
}

# Keras reads models that Recurve wrote, steps on and writes them; Recurve reads those.
models() {
	go run ./tools/oracle/export "$work/ours" &&
		"$RECURVE_PYTHON" tools/oracle/keras_opens_ours.py "$work/ours" "$work/again" &&
		go run ./tools/oracle/export -verify "$work/again"
}

# Recurve reads and writes models that Keras saved, and goes on with trainings.
through() {
	"$RECURVE_PYTHON" tools/oracle/keras_round_trip.py make "$work/trip" &&
		go run ./tools/oracle/export -again "$work/trip/models" "$work/trip/back" &&
		go run ./tools/oracle/export -train 3 "$work/trip/curves" &&
		"$RECURVE_PYTHON" tools/oracle/keras_round_trip.py check "$work/trip"
}

# ONNX Runtime runs models that Recurve exported.
onnx() {
	go run ./tools/oracle/export -onnx "$work/onnx" &&
		"$RECURVE_PYTHON" tools/oracle/onnx_runtime.py "$work/onnx"
}

# Two rows of checks at once: most of them keep one core busy.
{
	check "layers by formula" "$RECURVE_PYTHON" tools/oracle/check_formulas.py
	check "HDF5 files read by h5py and Keras" go test -count=1 -run 'TestH5py|TestKeras' ./internal/hdf5
	check "models read by Keras and back" models
	check "models run by ONNX Runtime" onnx
} &
{
	check "models from Keras and back, and trainings in both" through
	if [[ -n ${PYTHON_TF:-} ]]; then
		check "fixtures of Keras 2 made anew" "$PYTHON_TF" tools/oracle/check_fixtures.py keras2_files
	else
		echo "the fixtures of Keras 2 are left out: PYTHON_TF is not set"
	fi
} &
wait
check "fixtures made anew" "$RECURVE_PYTHON" tools/oracle/check_fixtures.py
if [[ -n ${PYTHON_TENSORBOARD:-} ]]; then
	check "TensorBoard's fixtures made anew" "$PYTHON_TENSORBOARD" tools/oracle/check_fixtures.py tensorboard_events
	RECURVE_PYTHON_TENSORBOARD=$PYTHON_TENSORBOARD check "events read by TensorBoard" go test -count=1 -run TestTensorBoard ./callback
else
	echo "TensorBoard's files are left out: PYTHON_TENSORBOARD is not set"
fi

count() { [[ ! -f $1 ]] && echo 0 || wc -l <"$1"; }
echo "oracle: $(count "$work/passed") passed, $(count "$work/failed") failed"
[[ ! -f $work/failed ]]
