"""The small models that are trained and saved for fixtures, their data and their first weights."""

import numpy as np

import fixture

WORDS, STEPS, BATCH, EPOCHS = 20, 9, 32, 3

RECURRENT = {
    "simple_rnn": {"class": "SimpleRNN", "config": {"units": 5}},
    "lstm": {"class": "LSTM", "config": {"units": 5}},
    "gru": {"class": "GRU", "config": {"units": 5, "reset_after": True}},
    "gru_before": {"class": "GRU", "config": {"units": 5, "reset_after": False}},
}
EMBEDDING = {"class": "Embedding", "config": {"input_dim": WORDS, "output_dim": 4}}
DENSE = {"class": "Dense", "config": {"units": 1, "activation": "sigmoid"}}

# Every model but this one looks its words up; this one gets each as a row of zeros and a one.
ONE_HOT = "one_hot"
MODELS = {ONE_HOT: [RECURRENT["simple_rnn"], DENSE]}
MODELS |= {name: [EMBEDDING, layer, DENSE] for name, layer in RECURRENT.items()}

OPTIMIZERS = {
    "rmsprop": {"class": "RMSprop", "config": {"learning_rate": 0.001}},
    "rmsprop_centered": {"class": "RMSprop", "config": {"learning_rate": 0.001, "momentum": 0.9, "centered": True}},
    "sgd": {"class": "SGD", "config": {"learning_rate": 0.1}},
    "sgd_momentum": {"class": "SGD", "config": {"learning_rate": 0.1, "momentum": 0.9}},
    "sgd_nesterov": {"class": "SGD", "config": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}},
    "adam": {"class": "Adam", "config": {"learning_rate": 0.001}},
    "adam_amsgrad": {"class": "Adam", "config": {"learning_rate": 0.001, "amsgrad": True}},
}
COMMON_OPTIMIZERS = ("rmsprop", "sgd", "adam")


def build(keras, name):
    """Makes the model called name, with its own fixed weights."""
    keras.utils.clear_session()
    shape = {"shape": (STEPS, WORDS)} if name == ONE_HOT else {"shape": (STEPS,), "dtype": "int32"}
    model = keras.Sequential([keras.Input(**shape)])
    for layer in MODELS[name]:
        model.add(fixture.layer_from(keras, layer))
    model.set_weights(weights(name, [w.shape for w in model.weights]))
    return model


def weights(name, shapes):
    """Draws weights: kernels large enough to spread the predictions, biases not zero."""
    rng = fixture.draws(name)
    biases = [len(s) == 1 or s[0] == 2 for s in shapes]
    return [fixture.normal(rng, s, 0.1 if bias else 0.8) for s, bias in zip(shapes, biases)]


def optimizer(keras, name):
    """Makes the optimizer called name."""
    return getattr(keras.optimizers, OPTIMIZERS[name]["class"])(**OPTIMIZERS[name]["config"])


def compiled(keras, model_name, optimizer_name):
    """Makes a model ready to train."""
    model = build(keras, model_name)
    model.compile(optimizer=optimizer(keras, optimizer_name), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def data():
    """Returns ids, labels, validation ids and validation labels; the label tells whether an id's worth adds up to more than usual."""
    rng = fixture.draws("data")
    worth = rng.standard_normal(WORDS)
    ids = rng.randint(0, WORDS, (70 + 21, STEPS)).astype(np.int32)
    score = worth[ids].sum(axis=1)
    labels = (score > np.median(score)).astype(np.int32)
    return ids[:70], labels[:70], ids[70:], labels[70:]


def inputs(keras, name, ids):
    """Returns what the model called name takes for ids."""
    return keras.utils.to_categorical(ids, WORDS) if name == ONE_HOT else ids
