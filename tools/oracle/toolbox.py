"""Masked losses, regularizers and constraints: three epochs of fit without shuffling, by Keras in float32.

Writes testdata/toolbox/NAME.npz: the samples x and y, and as many again, val_x and val_y; the first weights w0, w1,
...; of fit the loss, accuracy, val_loss and val_accuracy of each epoch; then the weights f0, f1, ... and the
predictions p of x. The models stand in toolbox_test.go, by the same names, too.
"""

import fixture

out = fixture.root(__doc__) / "testdata/toolbox"
keras = fixture.start("float32")
layers, regularizers, constraints = keras.layers, keras.regularizers, keras.constraints

import numpy as np  # noqa: E402

WORDS, STEPS, SAMPLES, BATCH, EPOCHS = 20, 9, 50, 32, 3


def ids():
    return keras.Input(shape=(STEPS,), dtype="int32")


def embedding(**config):
    return layers.Embedding(WORDS, 4, **config)


def sigmoid(**config):
    return layers.Dense(1, activation="sigmoid", **config)


MODELS = {
    "masked_loss": lambda: (keras.optimizers.SGD(0.5), [ids(), embedding(mask_zero=True), layers.GRU(5, return_sequences=True), sigmoid()]),
    "masked_within": lambda: (keras.optimizers.SGD(0.5), [
        keras.Input(shape=(STEPS, 3)), layers.SimpleRNN(2, activation="relu", return_sequences=True), layers.Masking(),
        layers.LSTM(3, return_sequences=True), sigmoid()]),
    "masked_bidirectional": lambda: (keras.optimizers.Adam(0.01), [
        ids(), embedding(mask_zero=True),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True, activity_regularizer=regularizers.L2(0.02))),
        layers.TimeDistributed(layers.Dense(2, activation="relu", kernel_regularizer=regularizers.L1(0.001))), sigmoid()]),
    "regularized": lambda: (keras.optimizers.Adam(0.01), [
        ids(), embedding(embeddings_regularizer=regularizers.L2(0.003)),
        layers.LSTM(5, kernel_regularizer=regularizers.L1(0.002), recurrent_regularizer=regularizers.L2(),
                    bias_regularizer=regularizers.L1L2(0.001, 0.02), activity_regularizer=regularizers.L2(0.05)),
        layers.Dense(3, activation="relu", activity_regularizer=regularizers.L1(), bias_regularizer=regularizers.L2(0.1)),
        sigmoid(kernel_regularizer=regularizers.L2(0.05))]),
    "regularized_end": lambda: (keras.optimizers.SGD(0.1), [
        ids(), embedding(), layers.SimpleRNN(5, kernel_regularizer=regularizers.L2(0.01)),
        sigmoid(activity_regularizer=regularizers.L1L2(0.1, 0.3))]),
    "constrained": lambda: (keras.optimizers.RMSprop(0.05), [
        ids(), embedding(embeddings_constraint=constraints.UnitNorm(axis=1)),
        layers.GRU(5, kernel_constraint=constraints.MaxNorm(0.8), recurrent_constraint=constraints.MinMaxNorm(0.5, 0.9, rate=0.6, axis=1),
                   bias_constraint=constraints.NonNeg()),
        layers.Dense(4, kernel_constraint=constraints.UnitNorm(), bias_constraint=constraints.MaxNorm(0.1)),
        sigmoid(kernel_constraint=constraints.MaxNorm())]),
}


def samples(rng, model):
    """Draws samples for a model; a word's worth decides about the label of a step or of the whole."""
    if len(model.input_shape) == 3:
        x = fixture.normal(rng, (SAMPLES, STEPS, 3))
        worth = x.sum(axis=-1)
    else:
        x = rng.randint(0, WORDS, (SAMPLES, STEPS)).astype(np.int32)
        for sample, n in zip(x, rng.randint(0, STEPS + 1, SAMPLES)):
            sample[:n] = 0
        worth = np.sin(x)
    if len(model.output_shape) == 3:
        return x, (worth > 0).astype(np.int32)[..., None]
    return x, (worth.sum(axis=1) > 0).astype(np.int32)[..., None]


for name, make in MODELS.items():
    keras.utils.clear_session()
    optimizer, chain = make()
    model, rng = keras.Sequential(chain), fixture.draws(name)
    model.set_weights([fixture.normal(rng, w.shape, 0.8) for w in model.weights])
    first = model.get_weights()
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    (x, y), (val_x, val_y) = samples(rng, model), samples(rng, model)
    history = model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, validation_data=(val_x, val_y), verbose=0).history
    if name.startswith("masked"):
        # On JAX, and there alone, a training step's metrics do not see the mask.
        del history["accuracy"]
    fixture.write_arrays(out / f"{name}.npz", {
        "x": x, "y": y, "val_x": val_x, "val_y": val_y, **fixture.numbered("w", first), **history,
        **fixture.numbered("f", model.get_weights()), "p": model.predict(x, verbose=0),
    })
print(f"{len(MODELS)} models in {out}")
