"""Has Keras open the model files that Recurve has written.

  go run ./tools/oracle/export DIR
  keras_opens_ours.py DIR AGAIN
  go run ./tools/oracle/export -verify AGAIN

Every DIR/NAME.keras must load without a word of complaint and predict what NAME.npz says; a compiled one must have
its optimizer's state back and make the same next step as Recurve. NAME.weights.h5 must do the same once it is loaded
into the model after its weights were spoilt, and NAME.h5 must give the same configuration and weights, to the bit
(Keras itself loses the optimizer's state of a .h5 file). Keras then saves the model as AGAIN/NAME in the three forms,
with what it computes in AGAIN/NAME.npz, for Recurve to read.
"""

import logging
import pathlib
import sys
import warnings

import fixture

RELATIVE = 1e-6
STEP = 1e-5


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__)
    source, again = map(pathlib.Path, arguments)
    files = sorted(source.glob("*.keras"))
    if not files:
        sys.exit(f"no .keras files in {source}")
    keras = fixture.start("float32")
    again.mkdir(parents=True, exist_ok=True)
    counts = {"loaded": 0, "optimizers": 0, "steps": 0, "weights": 0, "legacy": 0}
    logging.getLogger("absl").setLevel(logging.ERROR)  # which speaks of the .h5 form as such
    problems = []
    for file in files:
        try:
            examine(keras, file, again, counts)
        except Exception as problem:  # one bad file must not hide the others
            problems.append(f"{file.stem}: {type(problem).__name__}: {problem}")
            print(problems[-1], file=sys.stderr)
    print(f"Keras {keras.__version__}: {counts['loaded']} of {len(files)} models load and predict the same; "
          f"{counts['optimizers']} optimizers are restored, {counts['steps']} make the same next step; "
          f"{counts['weights']} of {len(files)} .weights.h5 and {counts['legacy']} of {len(files)} .h5 give the same")
    sys.exit(1 if problems else 0)


def examine(keras, file, again, counts):
    import numpy as np

    keras.utils.clear_session()
    wanted = np.load(file.with_suffix(".npz"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if "slots" not in wanted and "no_optimizer" in file.stem:
            warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")  # Keras makes one of its own
        model = keras.saving.load_model(file)
    y = predict(model, wanted["x"])
    near("y", y, wanted["y"], RELATIVE)
    counts["loaded"] += 1
    legacy(keras, file.with_suffix(".h5"), model)
    counts["legacy"] += 1

    if "slots" in wanted:
        compare_state(model, wanted)
        counts["optimizers"] += 1
    weights = model.get_weights()
    model.set_weights([w + 1 for w in weights])
    if "slots" in wanted:
        for v in model.optimizer.variables:
            v.assign(v + 1)
    model.load_weights(file.with_suffix(".weights.h5"))
    same_weights(".weights.h5", model.get_weights(), weights)
    if "slots" in wanted:
        compare_state(model, wanted)
    counts["weights"] += 1
    if "n0" in wanted:
        model.fit(wanted["x"], wanted["t"], batch_size=len(wanted["x"]), shuffle=False, verbose=0)
        for i, weight in enumerate(model.get_weights()):
            near(f"weight {i} after a step", weight, wanted[f"n{i}"], STEP)
        y = predict(model, wanted["x"])
        counts["steps"] += 1

    model.save(again / file.name)
    model.save(again / f"{file.stem}.h5")
    model.save_weights(again / f"{file.stem}.weights.h5")
    arrays = {"y": y}
    if "slots" in wanted:
        arrays |= optimizer_state(model)
    fixture.write_arrays(again / f"{file.stem}.npz", arrays)


def predict(model, x):
    """Returns the model's predictions; two outputs side by side, as in Recurve."""
    import numpy as np

    y = model(x, training=False)
    return np.concatenate(y, axis=-1) if isinstance(y, (tuple, list)) else np.asarray(y)


def legacy(keras, file, model):
    """Compares the model in a .h5 file with the same from a .keras file."""
    keras.utils.clear_session()  # which numbers the names of layers without one
    other = keras.saving.load_model(file)
    if other.get_config() != model.get_config():
        raise ValueError(f"{file.name} gives another configuration")
    same_weights(file.name, other.get_weights(), model.get_weights())


def same_weights(what, got, wanted):
    import numpy as np

    if len(got) != len(wanted) or any(not np.array_equal(a, b) for a, b in zip(got, wanted)):
        raise ValueError(f"{what} gives other weights")


def compare_state(model, wanted):
    for name, value in optimizer_state(model).items():
        near(name, value, wanted[name], RELATIVE)


def optimizer_state(model):
    """Returns the iterations, the learning rate, and the sum of each further variable of the model's optimizer."""
    import numpy as np

    iterations, *slots = (np.asarray(v) for v in model.optimizer.variables)
    rate = np.asarray(model.optimizer.learning_rate)
    if hasattr(model.optimizer._learning_rate, "assign"):  # a variable, and no schedule
        slots = slots[1:]
    return {"iterations": np.asarray(iterations), "learning_rate": rate, "slots": np.array([s.sum(dtype=np.float64) for s in slots])}


def near(what, got, wanted, tolerance):
    """Compares with a tolerance relative to the array's greatest value."""
    import numpy as np

    got, wanted = np.asarray(got), np.asarray(wanted)
    if got.shape != wanted.shape:
        raise ValueError(f"{what} has shape {got.shape}, wanted {wanted.shape}")
    if not got.size:
        return
    scale = max(1e-2, float(np.abs(wanted).max()))
    worst = float(np.abs(got.astype(np.float64) - wanted).max())
    if not worst <= tolerance * scale:
        raise ValueError(f"{what} is off by {worst / scale:.1e}")


main(sys.argv[1:])
