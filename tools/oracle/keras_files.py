"""Model files: .keras files saved by Keras, each beside an .npz of what Keras computes with it.

Writes keras/testdata/NAME.keras, NAME.npz and cases.json, and of the cases in FORMS also NAME.h5 and NAME.weights.h5. Arrays: the input x and the prediction y; of a
compiled model also the optimizer's variables o0, o1, ... in file order, the targets t, and the weights n0, n1, ...
in model order after ONE further step on all of (x, t). A case that Recurve refuses says why under "refuse".
"""

import random

import fixture
import models

out = fixture.root(__doc__) / "keras/testdata"
keras = fixture.start("float32")
layers = keras.layers

import numpy as np  # noqa: E402


def ids_input():
    return keras.Input(shape=(models.STEPS,), dtype="int32")


def embedding(**config):
    return layers.Embedding(models.WORDS, 4, **config)


def sigmoid(**config):
    return layers.Dense(1, activation="sigmoid", **config)


def compiled(model, **config):
    model.compile(**{"optimizer": keras.optimizers.RMSprop(), "loss": "binary_crossentropy", "metrics": ["accuracy"]} | config)
    return model


def stacked():
    return compiled(keras.Sequential([
        ids_input(), embedding(), layers.LSTM(5, return_sequences=True), layers.Dropout(0.3), layers.GRU(3), layers.Dropout(0.2, seed=1), sigmoid(),
    ]))


def twice():
    # The groups of the file are named by class and number: two of each.
    return compiled(keras.Sequential([
        ids_input(), embedding(), layers.LSTM(3, return_sequences=True), layers.LSTM(2), layers.Dense(3, activation="tanh"), sigmoid(),
    ]), optimizer=keras.optimizers.Adam(0.01))


def bidirectional():
    return compiled(keras.Sequential([
        ids_input(), embedding(), layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.Bidirectional(layers.GRU(2), merge_mode="sum"), sigmoid(),
    ]), optimizer=keras.optimizers.SGD(0.1, momentum=0.9))


def named():
    return keras.Sequential([
        keras.Input(shape=(models.STEPS,), dtype="int32", name="review"), embedding(name="words"), layers.LSTM(5, name="memory"), sigmoid(name="praise"),
    ], name="film_critic")


def options():
    # Every argument away from its default that a recurrent layer without dropout has.
    return keras.Sequential([
        keras.Input(shape=(models.STEPS, 3)),
        layers.GRU(3, activation="relu", recurrent_activation="hard_sigmoid", use_bias=False, return_sequences=True, reset_after=False),
        layers.LSTM(4, unit_forget_bias=False, go_backwards=True, kernel_initializer="he_normal", bias_initializer="ones"),
        layers.Dense(2, activation="leaky_relu", use_bias=False, kernel_initializer=keras.initializers.RandomNormal(0.0, 0.1, seed=3)),
    ])


def fully_compiled():
    return compiled(
        keras.Sequential([ids_input(), embedding(), layers.SimpleRNN(3), sigmoid()]),
        optimizer=keras.optimizers.RMSprop(0.005, rho=0.8, momentum=0.5, epsilon=1e-6, centered=True),
        loss=keras.losses.BinaryCrossentropy(),
        metrics=[keras.metrics.BinaryAccuracy(name="right")],
    )


def no_input():
    model = keras.Sequential([embedding(), layers.SimpleRNN(5), sigmoid()])
    model(np.zeros((2, models.STEPS), "int32"))
    return model


def functional():
    x = ids_input()
    return keras.Model(x, sigmoid()(layers.LSTM(5)(embedding()(x))))


def functional_bidirectional():
    x = keras.Input(shape=(models.STEPS,), dtype="int32", name="words")
    y = layers.Bidirectional(layers.GRU(3, return_sequences=True))(embedding()(x))
    y = layers.Dropout(0.2)(y)
    return compiled(keras.Model({"words": x}, [sigmoid()(layers.LSTM(2)(y))]), optimizer=keras.optimizers.Adam(0.01))


def functional_masked():
    x = ids_input()
    y = layers.Dropout(0.2)(layers.LSTM(3, return_sequences=True)(embedding(mask_zero=True)(x)))
    return compiled(keras.Model(x, sigmoid()(layers.GRU(2)(y))))


def branched():
    x = ids_input()
    y = embedding()(x)
    return keras.Model(x, sigmoid()(layers.Concatenate()([layers.LSTM(2)(y), layers.GRU(2)(y)])))


def half_precision(dtype):
    def make():
        zeros = {"recurrent_initializer": "zeros", "dtype": dtype}  # the default cannot be computed in it
        return keras.Sequential([ids_input(), embedding(dtype=dtype), layers.LSTM(3, **zeros), sigmoid(dtype=dtype)])

    return make


def convolution():
    return keras.Sequential([ids_input(), embedding(), layers.Conv1D(3, 3), layers.LSTM(2), sigmoid()])


def masked():
    return keras.Sequential([ids_input(), embedding(mask_zero=True), layers.LSTM(5), sigmoid()])


def toolbox():
    # The arguments that bound weights, masks, and layers around layers.
    regularizers, constraints = keras.regularizers, keras.constraints
    return compiled(keras.Sequential([
        ids_input(), embedding(mask_zero=True, embeddings_regularizer="l2", embeddings_constraint=constraints.UnitNorm(axis=1)),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True, kernel_regularizer=regularizers.L1(0.002), recurrent_constraint="max_norm")),
        layers.TimeDistributed(layers.Dense(4, activation="relu", bias_constraint="non_neg")),
        layers.GRU(3, zero_output_for_mask=True, return_sequences=True, activity_regularizer=regularizers.L1L2(0.01, 0.02),
                   bias_regularizer="l1", kernel_constraint=constraints.MinMaxNorm(0.2, 0.9, rate=0.5, axis=1)),
        layers.SimpleRNN(3, recurrent_regularizer=regularizers.L1L2(0.001, 0.003)), layers.Activation("tanh"), sigmoid(kernel_regularizer="l2", activity_regularizer="l2"),
    ]), optimizer=keras.optimizers.Adam(0.01))


def masking():
    return compiled(keras.Sequential([
        keras.Input(shape=(models.STEPS, 3)), layers.Masking(0.0), layers.GRU(2, return_sequences=True), layers.Flatten(), sigmoid(),
    ]))


def unmerged():
    return keras.Sequential([ids_input(), embedding(), layers.Bidirectional(layers.GRU(2), merge_mode=None)])


def recurrent_dropout():
    return keras.Sequential([ids_input(), embedding(), layers.LSTM(5, dropout=0.2, recurrent_dropout=0.1), sigmoid()])


def model_of(name, optimizer):
    return lambda: models.compiled(keras, name, optimizer)


def small(optimizer):
    return lambda: compiled(keras.Sequential([ids_input(), embedding(), layers.SimpleRNN(2), sigmoid()]), optimizer=optimizer)


optimizers, schedules = keras.optimizers, keras.optimizers.schedules
# Each optimizer, schedule and option of all optimizers once.
OPTIMIZED = {
    "adamw": optimizers.AdamW(schedules.ExponentialDecay(0.01, 2, 0.5), weight_decay=0.05, clipnorm=0.1),
    "nadam": optimizers.Nadam(schedules.CosineDecayRestarts(0.01, 10, alpha=0.1), beta_1=0.8, global_clipnorm=0.05),
    "adagrad": optimizers.Adagrad(0.1, initial_accumulator_value=0.2, clipvalue=0.01),
    "adadelta": optimizers.Adadelta(1.0, rho=0.9, use_ema=True, ema_momentum=0.5),
    "adamax": optimizers.Adamax(0.01, gradient_accumulation_steps=2),
    "lion": optimizers.Lion(schedules.PiecewiseConstantDecay([1, 5], [0.01, 0.002, 0.001])),
    "ftrl": optimizers.Ftrl(0.1, l2_regularization_strength=0.1, beta=0.5),
    "sgd": optimizers.SGD(
        schedules.PolynomialDecay(0.1, 10, end_learning_rate=0.0, power=2.0), momentum=0.9, weight_decay=0.01, use_ema=True,
        ema_overwrite_frequency=2, loss_scale_factor=16.0, gradient_accumulation_steps=2,
    ),
    "adam": optimizers.Adam(schedules.InverseTimeDecay(0.01, 3, 0.5, staircase=True), clipnorm=0.05),
    "rmsprop": optimizers.RMSprop(schedules.CosineDecay(0.001, 100, warmup_target=0.01, warmup_steps=3), weight_decay=0.1),
}

# Layers and optimizers lie in separate parts of a file: each of both once is enough.
TRAINED = {
    "one_hot": ["rmsprop"],
    "simple_rnn": ["sgd"],
    "lstm": models.COMMON_OPTIMIZERS,
    "gru": ["adam"],
    "gru_before": ["rmsprop"],
}
MAKE = {f"{m}_{o}": model_of(m, o) for m, optimizers in TRAINED.items() for o in optimizers} | {
    "stacked": stacked,
    "twice": twice,
    "bidirectional": bidirectional,
    "named": named,
    "not_compiled": lambda: models.build(keras, "gru"),
    "options": options,
    "fully_compiled": fully_compiled,
    "no_input": no_input,
    "functional": functional,
    "functional_bidirectional": functional_bidirectional,
    "functional_masked": functional_masked,
    "branched": branched,
    "bfloat16": half_precision("bfloat16"),
    "float16": half_precision("float16"),
    "mixed": half_precision("mixed_bfloat16"),
    "conv1d": convolution,
    "mask_zero": masked,
    "recurrent_dropout": recurrent_dropout,
    "toolbox": toolbox,
    "masking": masking,
    "unmerged": unmerged,
} | {f"optimizer_{name}": small(o) for name, o in OPTIMIZED.items()}
FORMS = ["lstm_adam", "lstm_rmsprop", "gru_before_rmsprop", "simple_rnn_sgd", "stacked", "twice", "bidirectional", "named", "options", "no_input",
         "fully_compiled", "functional_bidirectional", "functional_masked", "toolbox", "masking", "float16"]
REFUSE = {
    "branched": "layers that do not follow each other",
    "conv1d": "the layer Conv1D",
}


def draw_weights(model, name):
    """Gives the model fixed weights of a common size."""
    rng = fixture.draws(name)
    model.set_weights([fixture.normal(rng, w.shape, 0.4) for w in model.weights])


def without_dropout(model, x, t):
    """Takes the further step; Dropout layers, whose zeros nobody else can draw, let everything through meanwhile."""
    for layer in model.layers:
        if isinstance(layer, layers.Dropout):
            layer.rate = 0
    model.train_on_batch(x, t)
    model.optimizer.finalize_variable_values(model.trainable_variables)  # as fit does: averages take the weights' place
    return model.get_weights()


def write(name, make):
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    random.seed(1)
    model, rng = make(), fixture.draws(f"{name} data")
    draw_weights(model, name)
    shape = (6, *model.input_shape[1:])
    ids = rng.randint(0, models.WORDS, shape[:2]).astype(np.int32)
    if name.startswith(models.ONE_HOT):
        x = models.inputs(keras, models.ONE_HOT, ids).astype(np.float32)
    else:
        x = fixture.normal(rng, shape) if len(shape) > 2 else ids
    if name in ("masking", "toolbox"):
        x[:, :4] *= rng.randint(0, 2, (6, 4, 1) if name == "masking" else (6, 4)).astype(x.dtype)
    t = rng.randint(0, 2, (6, 1)).astype(np.int32)

    if model.compiled:
        model.train_on_batch(x[:4], t[:4])
    fixture.save_model(model, out / f"{name}.keras")
    if name in FORMS:
        model.save(out / f"{name}.h5")
        model.save_weights(out / f"{name}.weights.h5")
    y = model.predict(x, verbose=0)
    arrays = {"x": x, "y": (np.concatenate(y, axis=-1) if isinstance(y, (tuple, list)) else y).astype("float32")}
    if model.compiled:
        variables = [v.numpy() for v in model.optimizer.variables]
        arrays |= {"t": t, **fixture.numbered("o", variables), **fixture.numbered("n", without_dropout(model, x, t))}
    fixture.write_arrays(out / f"{name}.npz", arrays)

    case = {"name": name, "compiled": model.compiled, "forms": name in FORMS, "layers": [type(layer).__name__ for layer in model.layers]}
    if any(isinstance(layer, layers.Dropout) for layer in model.layers):
        case["dropout"] = "the further step is taken with a rate of 0"
    return case | ({"refuse": REFUSE[name]} if name in REFUSE else {})


out.mkdir(parents=True, exist_ok=True)
cases = [write(name, make) for name, make in MAKE.items()]
fixture.write_json(out / "cases.json", {
    "keras": keras.__version__,
    "arrays": "input x and prediction y; if compiled, targets t, optimizer variables o0, ... in file order, "
    "and weights n0, ... that fit leaves after one further step on all of x and t",
    "cases": cases,
})
print(f"{len(cases)} model files in {out}")
