"""Summaries: what Keras' model.summary() prints into 80 columns.

Writes testdata/summary/NAME.txt, and NAME_trained.txt after one step of a compiled model, when the optimizer's
variables count as well; and cases.json, which describes the models.
"""

import contextlib
import io
import os

import fixture

out = fixture.root(__doc__) / "testdata/summary"
os.environ["COLUMNS"] = "80"
keras = fixture.start("float32")

import numpy as np  # noqa: E402

WORDS, STEPS = 500, 100


def layer(cls, **config):
    return {"class": cls, "config": config}


EMBEDDING = layer("Embedding", input_dim=WORDS, output_dim=16)
DENSE = layer("Dense", units=1, activation="sigmoid")
CASES = {
    "one_hot": [layer("SimpleRNN", units=8), DENSE],
    "simple_rnn": [EMBEDDING, layer("SimpleRNN", units=8), DENSE],
    "lstm": [EMBEDDING, layer("LSTM", units=8), DENSE],
    "gru": [EMBEDDING, layer("GRU", units=8), DENSE],
    "no_input": [EMBEDDING, layer("LSTM", units=8), DENSE],
    "bidirectional": [
        layer("Embedding", input_dim=20000, output_dim=128),
        layer("Bidirectional", layer=layer("LSTM", units=64, return_sequences=True)),
        layer("Dropout", rate=0.5),
        layer("Bidirectional", layer=layer("LSTM", units=32, name="a_name_that_is_long")),
        layer("Dense", units=16, activation="relu"),
        DENSE,
    ],
    "toolbox": [
        EMBEDDING,
        layer("TimeDistributed", layer=layer("Dense", units=4)),
        layer("Masking"),
        layer("Bidirectional", layer=layer("GRU", units=3, return_sequences=True, kernel_regularizer="l2"), merge_mode="ave"),
        layer("Activation", activation="tanh"),
        layer("LSTM", units=3, return_sequences=True),
        layer("Dense", units=2, kernel_constraint="max_norm", name="end"),
    ],
    "flatten": [EMBEDDING, layer("Flatten"), DENSE],
    "long_name": [layer("SimpleRNN", units=2, return_sequences=True, name="a_name_that_is_much_too_long_for_its_column"), layer("GRU", units=300)],
}


def build(name, layers):
    keras.utils.clear_session()
    features = {"one_hot": WORDS, "long_name": 3}.get(name)
    shape, dtype = ((STEPS, features), "float32") if features else ((STEPS,), "int32")
    model = keras.Sequential([keras.Input(shape=shape, dtype=dtype)] if name != "no_input" else [])
    for description in layers:
        model.add(fixture.layer_from(keras, description))
    return model, np.zeros((64, *shape), dtype)


def printed(model):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        model.summary()
    return text.getvalue()


out.mkdir(parents=True, exist_ok=True)
described = []
for name, layers in CASES.items():
    model, x = build(name, layers)
    (out / f"{name}.txt").write_text(printed(model), encoding="utf-8")
    model.compile(optimizer=keras.optimizers.RMSprop(), loss="mse")
    model.train_on_batch(x, np.zeros(model.compute_output_shape(x.shape), "float32"))
    (out / f"{name}_trained.txt").write_text(printed(model), encoding="utf-8")
    shape = None if name == "no_input" else [None, *x.shape[1:]]
    described.append({"name": name, "input_shape": shape, "layers": layers})
fixture.write_json(out / "cases.json", {
    "keras": keras.__version__,
    "columns": 80,
    "trained": "NAME_trained.txt is after one step of RMSprop with 64 samples of 100 time steps; the iteration counts as 4 bytes "
    "(Keras on TensorFlow, where it is an int64: 8)",
    "cases": described,
})
print(f"{2 * len(CASES)} summaries in {out}")
