"""Training on arrays, half in Keras and half in Recurve: what `recurve fit` does with files from Keras.

Writes internal/cli/testdata/fit/NAME.keras, NAME.npz and cases.json. Each model is trained for two epochs without
shuffling and saved; Keras then goes on for three more. Arrays: what there is to train on and to validate with, x, y,
val_x, val_y, as a user would save them; of the epochs after the file was saved loss, val_loss and each metric; then
the weights w0, w1, ... in model order, the predictions p of val_x, and what evaluate says of (val_x, val_y), e, in
the order of the names in cases.json.
"""

import fixture
import models

out = fixture.root(__doc__) / "internal/cli/testdata/fit"
keras = fixture.start("float32")
layers = keras.layers

import numpy as np  # noqa: E402

N, VALIDATION, STEPS, WIDTH, BATCH, BEFORE, EPOCHS = 70, 21, 7, 3, 16, 2, 5


def words(*inner, steps=STEPS):
    return [keras.Input(shape=(steps,), dtype="int32"), layers.Embedding(models.WORDS, 4), *inner]


def label():
    return layers.Dense(1, activation="sigmoid")


def ids(rng):
    return rng.randint(0, models.WORDS, (N + VALIDATION, STEPS))


def series(rng):
    return rng.standard_normal((N + VALIDATION, STEPS, WIDTH))


def one_hot(rng):
    return keras.utils.to_categorical(ids(rng), models.WORDS)


def labels(rng, *shape):
    return rng.randint(0, 2, (N + VALIDATION, *shape))


# Name: layers, optimizer, samples, targets, metrics. The arrays are saved in several types and orders.
CASES = {
    "words_rmsprop": (
        lambda: words(layers.LSTM(5), label()), lambda: keras.optimizers.RMSprop(0.003),
        lambda r: ids(r).astype("<i8"), lambda r: labels(r).astype("<i8"), ["accuracy"]),
    "words_adam": (
        lambda: words(layers.GRU(5), label()), lambda: keras.optimizers.Adam(0.005),
        lambda r: np.asfortranarray(ids(r).astype(">f8") + 0.4), lambda r: labels(r, 1).astype("|b1"), ["accuracy"]),
    "words_sgd": (
        lambda: words(layers.SimpleRNN(5), label(), steps=None), lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        lambda r: ids(r).astype("|u1"), lambda r: labels(r).astype("<f2"), [keras.metrics.BinaryAccuracy(name="right")]),
    "one_hot_adam": (
        lambda: [keras.Input(shape=(STEPS, models.WORDS)), layers.SimpleRNN(5), label()], lambda: keras.optimizers.Adam(0.005),
        lambda r: one_hot(r).astype("<f4"), lambda r: labels(r).astype("<i4"), ["accuracy"]),
    "series_sgd": (
        lambda: [keras.Input(shape=(STEPS, WIDTH)), layers.LSTM(4, return_sequences=True), layers.Dense(2, activation="sigmoid")],
        lambda: keras.optimizers.SGD(0.1), lambda r: series(r).astype(">f4"), lambda r: labels(r, STEPS, 2).astype("<f4"), ["accuracy"]),
    "vectors_rmsprop": (
        lambda: [keras.Input(shape=(WIDTH,)), layers.Dense(4, activation="tanh"), layers.Dense(3, activation="sigmoid")],
        lambda: keras.optimizers.RMSprop(0.003, momentum=0.5, centered=True),
        lambda r: np.asfortranarray(series(r)[:, 0]), lambda r: labels(r, 3).astype("<i2"), ["accuracy"]),
}


def write(name, make, optimizer, samples, targets, metrics):
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    rng = fixture.draws(name)
    model = keras.Sequential(make())
    model.set_weights([fixture.normal(rng, w.shape, 0.4) for w in model.weights])
    model.compile(optimizer=optimizer(), loss="binary_crossentropy", metrics=metrics)
    x, y = samples(rng), targets(rng)
    order = "F" if x.flags.fnc else "C"
    saved = {"x": np.asarray(x[:N], order=order), "val_x": np.asarray(x[N:], order=order), "y": y[:N], "val_y": y[N:]}
    # JAX takes this machine's byte order alone.
    x, val_x, y, val_y = (a.astype(a.dtype.newbyteorder("=")) for a in saved.values())
    fit = {"x": x, "y": y, "batch_size": BATCH, "shuffle": False, "verbose": 0, "validation_data": (val_x, val_y)}
    model.fit(epochs=BEFORE, **fit)
    fixture.save_model(model, out / f"{name}.keras")
    history = model.fit(initial_epoch=BEFORE, epochs=EPOCHS, **fit).history
    measured = model.evaluate(val_x, val_y, batch_size=BATCH, verbose=0, return_dict=True)
    np.savez(out / f"{name}.npz", **saved, **{
        k: fixture.rounded(v) for k, v in {
            **history,
            **fixture.numbered("w", model.get_weights()),
            "p": model.predict(val_x, verbose=0),
            "e": list(measured.values()),
        }.items()
    })
    return {"name": name, "values": list(history), "measured": list(measured), "weights": len(model.weights)}


out.mkdir(parents=True, exist_ok=True)
cases = [write(name, *case) for name, case in CASES.items()]
fixture.write_json(out / "cases.json", {
    "keras": keras.__version__,
    "arrays": "x, y, val_x, val_y; of each epoch after the file was saved the values; then weights w0, ..., predictions p of val_x, "
    "and e, what evaluate measures on val_x, val_y",
    "batch_size": BATCH,
    "initial_epoch": BEFORE,
    "epochs": EPOCHS,
    "cases": cases,
})
print(f"{len(cases)} trainings on arrays in {out}")
