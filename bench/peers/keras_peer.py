"""Keras' side, on the backend that KERAS_BACKEND names."""

import statistics
import time

import turns  # first: it takes standard output for itself

import keras
import numpy as np


def build(row):
    cells = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
    if row["one_hot"]:
        words = [keras.Input((row["steps"], row["vocabulary"]))]
    else:
        words = [keras.Input((row["steps"],)), keras.layers.Embedding(row["vocabulary"], row["embedding"])]
    model = keras.Sequential([*words, cells[row["cell"]](row["units"]), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.RMSprop(row["learning_rate"]), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def one_hot(x, depth):
    """What to_categorical makes, but in float32: in half of its memory."""
    out = np.zeros((*x.shape, depth), "float32")
    np.put_along_axis(out, x[..., None], 1, axis=-1)
    return out


class Epochs(keras.callbacks.Callback):
    """Begins an epoch when it is our turn, and times it, validation included."""

    def on_epoch_begin(self, epoch, logs=None):
        turns.wait()
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        logs = {k: float(v) for k, v in logs.items()}
        turns.done(time.perf_counter() - self.start, logs)


def train(row, model):
    (x, y), (val_x, val_y) = turns.data(row)
    if row["one_hot"]:
        x, val_x = one_hot(x, row["vocabulary"]), one_hot(val_x, row["vocabulary"])
    validation = (val_x, val_y) if len(val_y) else None
    model.fit(x, y, batch_size=row["batch"], epochs=1_000_000, validation_data=validation, verbose=0, callbacks=[Epochs()])


def predict(row, model):
    (x, _), _ = turns.data(row)
    while True:
        turns.wait()
        times = []
        for _ in range(row["predict"]):
            start = time.perf_counter()
            model.predict_on_batch(x[:1])
            times.append(time.perf_counter() - start)
        turns.done(statistics.median(times))


def main():
    row = turns.row()
    model = build(row)
    backend = keras.backend.backend()
    turns.ready(keras=keras.__version__, **{backend: __import__(backend).__version__})
    if row["predict"]:
        predict(row, model)
    else:
        train(row, model)


main()
