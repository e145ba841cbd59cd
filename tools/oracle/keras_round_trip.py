"""Models that go from Keras to Recurve and back, and trainings that are begun in one and ended in the other.

  keras_round_trip.py make DIR
  go run ./tools/oracle/export -again DIR/models DIR/back
  go run ./tools/oracle/export -train 3 DIR/curves
  keras_round_trip.py check DIR

make saves a matrix of layers and arguments as .keras, .weights.h5 and .h5. What Recurve made of them must have the same
configuration, weights and optimizer's state, to the bit; from a .keras file it must also predict the same and, compiled,
make the same next step (from the other forms it then does, too).
A curve is the losses of six epochs in order: three in Keras and three in Recurve, or the other way round, must follow
those of six in Keras.
"""

import json
import logging
import pathlib
import sys
import warnings

import numpy as np

import fixture
import models

EPOCHS, CURVE = 3, 1e-4
FORMS = (".keras", ".weights.h5", ".h5")

keras = fixture.start("float32")
layers, initializers, optimizers = keras.layers, keras.initializers, keras.optimizers
regularizers, constraints = keras.regularizers, keras.constraints
logging.getLogger("absl").setLevel(logging.ERROR)  # which speaks of the .h5 form as such


def words(*middle, last=None, **config):
    first = layers.Embedding(models.WORDS, 4, **config)
    return keras.Sequential([keras.Input((models.STEPS,), dtype="int32"), first, *middle, last or layers.Dense(1, activation="sigmoid")])


def features(*middle, last=None):
    return keras.Sequential([keras.Input((models.STEPS, 3)), *middle, last or layers.Dense(1, activation="sigmoid")])


def chain(*middle, **config):
    """Makes a Functional model."""
    x = y = keras.Input((models.STEPS,), dtype="int32")
    for layer in (layers.Embedding(models.WORDS, 4, **config), *middle, layers.Dense(1, activation="sigmoid")):
        y = layer(y)
    return keras.Model(x, y)


def matrix():
    """Yields names, models and optimizers (None: not compiled)."""
    kinds = {"rnn": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}
    steps = [lambda: optimizers.RMSprop(0.01), lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True), lambda: optimizers.Adam(0.01)]
    for i, (name, kind) in enumerate(kinds.items()):
        yield name, words(kind(4)), steps[i]()
        yield f"{name}_features", features(kind(3, return_sequences=True), kind(2)), None
        yield f"{name}_backwards", words(kind(3, go_backwards=True, return_sequences=True), kind(2, go_backwards=True)), None
        yield f"{name}_no_bias", words(kind(3, use_bias=False)), None
        yield f"{name}_activation", words(kind(3, activation="relu")), None
        yield f"{name}_initializers", words(kind(3, kernel_initializer="he_normal", recurrent_initializer=initializers.Orthogonal(0.5, seed=3),
                                                 bias_initializer=initializers.RandomUniform(-0.5, 0.25))), None
        yield f"{name}_at_each_step", words(kind(3, return_sequences=True), last=layers.Dense(2, activation="tanh")), None
        yield f"{name}_functional", chain(layers.Dropout(0.2), kind(3)), None
        yield f"{name}_masked", words(kind(3, return_sequences=True), layers.Dropout(0.0), kind(2), mask_zero=True), steps[i - 1]()
        yield f"{name}_bounded", words(kind(3, kernel_regularizer="l1", recurrent_regularizer=regularizers.L2(0.03), bias_regularizer=regularizers.L1L2(0.01, 0.02),
                                            kernel_constraint=constraints.MaxNorm(1.5), recurrent_constraint="unit_norm", bias_constraint="non_neg")), steps[i - 2]()
        yield f"{name}_dropout", words(kind(3, dropout=0.2, recurrent_dropout=0.1)), None
        for mode in ("concat", "sum", "mul", "ave"):
            yield f"{name}_{mode}", words(layers.Bidirectional(kind(3, return_sequences=True), merge_mode=mode), layers.Bidirectional(kind(2), merge_mode=mode)), (
                optimizers.Adam(0.01, amsgrad=True) if mode == "sum" else None)
    yield "lstm_gates", words(layers.LSTM(3, recurrent_activation="hard_sigmoid", unit_forget_bias=False)), optimizers.SGD(0.1)
    yield "gru_gates", words(layers.GRU(3, recurrent_activation="hard_sigmoid")), optimizers.RMSprop(0.01, rho=0.8, momentum=0.5, epsilon=1e-5, centered=True)
    yield "gru_before", words(layers.GRU(3, reset_after=False)), optimizers.Adam(0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-5)
    yield "gru_before_no_bias", words(layers.GRU(3, reset_after=False, use_bias=False)), None
    yield "names", keras.Sequential([keras.Input((None,), dtype="int32", name="review"), layers.Embedding(models.WORDS, 3, name="words"),
                                     layers.LSTM(2, name="memory"), layers.Dense(1, "sigmoid", name="praise")], name="critic"), optimizers.SGD(0.1)
    yield "many", words(*(layers.GRU(2, return_sequences=True) for _ in range(11)), layers.GRU(2)), optimizers.Adam(0.01)
    yield "dense", keras.Sequential([keras.Input((5,)), *(layers.Dense(3, a) for a in (
        "relu", "relu6", "leaky_relu", "elu", "selu", "softplus", "softsign", "exponential", "silu", "gelu", "hard_sigmoid", "linear")),
        layers.Dense(1, "sigmoid", kernel_initializer=initializers.Constant(0.25), bias_initializer="ones")]), optimizers.RMSprop(0.01)
    yield "dropout", words(layers.Dropout(0.25), layers.LSTM(3), layers.Dropout(0.5, seed=7)), None
    yield "masking", features(layers.Masking(0.5), layers.LSTM(3, return_sequences=True), layers.GRU(2, go_backwards=True)), optimizers.Adam(0.01)
    yield "distributed", words(layers.LSTM(3, return_sequences=True), layers.TimeDistributed(layers.Dense(2, "relu")), layers.GRU(2)), optimizers.RMSprop(0.01)
    yield "flat", features(layers.GRU(3, return_sequences=True), layers.Activation("relu"), layers.Flatten()), optimizers.SGD(0.1)
    yield "functional_masked", chain(layers.Bidirectional(layers.LSTM(2, return_sequences=True)), layers.TimeDistributed(layers.Dense(2)), layers.GRU(2), mask_zero=True), optimizers.Adam(0.01)
    yield "bounded", words(layers.LSTM(3), embeddings_regularizer="l2", embeddings_constraint=constraints.MinMaxNorm(0.1, 1.0),
                           last=layers.Dense(1, "sigmoid", kernel_regularizer="l2", bias_regularizer="l1", kernel_constraint="max_norm")), optimizers.Adam(0.01)
    yield "no_input", unbuilt(layers.Embedding(models.WORDS, 4, embeddings_initializer=initializers.RandomNormal(0.5, 0.1)), layers.SimpleRNN(3), layers.Dense(1, "sigmoid")), None


def unbuilt(*chain):
    model = keras.Sequential(list(chain))
    model(np.zeros((2, models.STEPS), "int32"))
    return model


def data(model, name):
    rng = fixture.draws(f"round trip {name}")
    shape = [models.STEPS if d is None else d for d in model.input_shape[1:]]
    x = fixture.normal(rng, (6, *shape)) if isinstance(model.layers[0], (layers.Dense, layers.RNN, layers.Masking)) else rng.randint(0, models.WORDS, (6, *shape)).astype("int32")
    out = model.output_shape[1:]
    t = rng.randint(0, 2, (6, *[models.STEPS if d is None else d for d in out])).astype("float32")
    return x, t


def step(model, x, t):
    model.train_on_batch(x, t)


def make(root):
    (root / "models").mkdir(parents=True, exist_ok=True)
    count = 0
    for name, model, optimizer in matrix():
        rng = fixture.draws(f"round trip weights {name}")
        model.set_weights([fixture.normal(rng, w.shape, 0.4) for w in model.get_weights()])
        if optimizer is not None:
            model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
            step(model, *data(model, name))
        for form in FORMS:
            save(model, root / "models" / (name + form))
        count += 1
    curves(root / "curves")
    print(f"{count} models in {len(FORMS)} forms in {root}")


def save(model, path):
    model.save_weights(path) if path.name.endswith(".weights.h5") else model.save(path)


def curve_data():
    ids, labels, _, _ = models.data()
    return ids[:64], labels[:64].astype("float32").reshape(-1, 1)


def curve_optimizers():
    return {"sgd": optimizers.SGD(0.1, momentum=0.9), "rmsprop": optimizers.RMSprop(0.01), "adam": optimizers.Adam(0.01)}


def fit(model, x, t):
    history = model.fit(x, t, batch_size=16, epochs=EPOCHS, shuffle=False, verbose=0)
    return history.history["loss"]


def curves(root):
    """Trains six epochs with each optimizer, and saves the models at the start and half way."""
    root.mkdir(exist_ok=True)
    x, t = curve_data()
    fixture.write_arrays(root / "data.npz", {"x": x, "t": t})
    whole = {}
    for kind in ("lstm", "gru"):
        for name, optimizer in curve_optimizers().items():
            model = models.build(keras, kind)
            model.compile(optimizer, "binary_crossentropy")
            name = f"{kind}_{name}"
            model.save(root / f"start_{name}.keras")
            first = fit(model, x, t)
            for form in FORMS[:2]:
                save(model, root / f"half_{name}{form}")
            whole[name] = first + fit(model, x, t)
    (root / "whole.json").write_text(json.dumps(whole))


def check(root):
    problems, equal, steps, total = [], 0, 0, 0
    for name, model, optimizer in matrix():
        for form in FORMS:
            total += 1
            try:
                steps += compare(root, name, form)
                equal += 1
            except Exception as problem:  # one bad file must not hide the others
                problems.append(f"{name}{form}: {type(problem).__name__}: {problem}")
    print(f"Keras {keras.__version__} -> Recurve -> Keras: {equal} of {total} files come back the same, and {steps} make the same next step")
    followed, all_curves = check_curves(root / "curves", problems)
    print(f"half in one and half in the other: {followed} of {all_curves} curves are followed to {CURVE}")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


def load(folder, name, form):
    if form != ".weights.h5":
        return keras.saving.load_model(folder / (name + form))
    model = keras.saving.load_model(folder.parent / "models" / f"{name}.keras")
    model.set_weights([w + 1 for w in model.get_weights()])
    if model.compiled:
        for v in model.optimizer.variables:
            v.assign(v + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.load_weights(folder / (name + form))
    return model


def chained(model):
    """Returns the configurations of the layers, without the masks and calls of a Functional model, and without what no file of weights has."""
    return [strip(layer.get_config()) for layer in model.layers if not isinstance(layer, layers.InputLayer) and isinstance(layer, layers.Layer)
            and type(layer).__name__ not in ("NotEqual", "Any")]


def strip(config):
    """Leaves out seeds: they are of first weights and dropout, which Recurve draws by its own."""
    if isinstance(config, dict):
        return {k: strip(v) for k, v in config.items() if k not in ("seed", "shared_object_id", "build_config")}
    return config


def compare(root, name, form):
    keras.utils.clear_session()
    # Keras cannot read its own .h5 file of a Functional model with a mask: there its .keras file is the measure.
    own = ".keras" if (name, form) == ("functional_masked", ".h5") else form
    a, b = load(root / "models", name, own), load(root / "back", name, form)
    if a.name != b.name:
        raise ValueError(f"its name is {b.name}, not {a.name}")
    if chained(a) != chained(b):
        raise ValueError(f"its layers differ: {[(x, y) for x, y in zip(chained(b), chained(a)) if x != y][:1]}")
    same("weights", a.get_weights(), b.get_weights())
    x, t = data(a, name)
    if form == ".keras":
        same("prediction", [np.asarray(a(x))], [np.asarray(b(x))])
    if not a.compiled or own != form:
        return 0
    how, wanted = compile_config(b), compile_config(a)
    if how != wanted:
        raise ValueError(f"it is compiled with {[(k, how[k], v) for k, v in wanted.items() if how[k] != v]}")
    if form == ".h5":
        return 0  # Keras itself loses the state of an optimizer that it loads from such a file
    same("optimizer's state", [np.asarray(v) for v in a.optimizer.variables], [np.asarray(v) for v in b.optimizer.variables])
    if form != ".keras":
        return 0
    step(a, x, t)
    step(b, x, t)
    same("weights after a step", a.get_weights(), b.get_weights())
    return 1


def compile_config(model):
    """Returns how the model is compiled, without the optimizer's name, which Recurve does not keep."""
    config = strip(model.get_compile_config())
    config["optimizer"]["config"].pop("name")
    return config


def same(what, a, b):
    if len(a) != len(b) or any(not np.array_equal(v, w) for v, w in zip(a, b)):
        raise ValueError(f"its {what} differ")


def check_curves(root, problems):
    whole, theirs = json.loads((root / "whole.json").read_text()), json.loads((root / "losses.json").read_text())
    x, t = curve_data()
    followed = total = 0
    for file, losses in theirs.items():
        kind, name = file.split(".")[0].split("_", 1)
        found = {f"{file} in Recurve": (losses, whole[name][EPOCHS:] if kind == "half" else whole[name][:EPOCHS])}
        if kind == "start":
            found[f"{file} in Keras after Recurve"] = fit(keras.saving.load_model(root / f"ours_{file}"), x, t), whole[name][EPOCHS:]
        for what, (got, wanted) in found.items():
            total += 1
            worst = float(np.abs(np.subtract(got, wanted)).max())
            if worst <= CURVE:
                followed += 1
            else:
                problems.append(f"the curve of {what} is off by {worst:.1e}: {got}, not {wanted}")
    return followed, total


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("make", "check"):
        sys.exit(__doc__)
    {"make": make, "check": check}[sys.argv[1]](pathlib.Path(sys.argv[2]))
