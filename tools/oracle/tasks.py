"""Tasks: training with many classes, a class each step, values, sample and class weights, by Keras in float32.

Writes testdata/tasks/NAME.npz: ids x and val_x, targets y and val_y, sample weights s and val_s where there are
any, the first weights w0, w1, ...; of three epochs of fit without shuffling what history holds, each under its
own name; then the weights f0, f1, ... and the predictions p. The models, losses and metrics stand in
tasks_test.go too.
"""

import fixture

out = fixture.root(__doc__) / "testdata/tasks"
keras = fixture.start("float32")
layers, losses, metrics, optimizers = keras.layers, keras.losses, keras.metrics, keras.optimizers

import numpy as np  # noqa: E402

WORDS, STEPS, SAMPLES, VALIDATION, BATCH, EPOCHS = 20, 9, 70, 21, 32, 3


def dense(units, activation=None):
    return layers.Dense(units, activation=activation)


# The layers behind the embedding, the targets, how the model is compiled, the weights.
CASES = {
    "sparse": ([layers.LSTM(5), dense(4, "softmax")], "ids", {
        "optimizer": optimizers.Adam(0.01), "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy", metrics.SparseTopKCategoricalAccuracy(k=2, name="top2")], "weighted_metrics": ["accuracy"],
    }, {"class_weight": {0: 2.0, 1: 0.5, 3: 1.25}}),
    "categorical": ([layers.GRU(5), dense(4, "softmax")], "one_hot", {
        "optimizer": optimizers.SGD(0.3), "loss": losses.CategoricalCrossentropy(label_smoothing=0.1),
        "metrics": ["acc", "AUC", metrics.F1Score(average="macro")], "weighted_metrics": ["categorical_crossentropy", "AUC"],
    }, "sample"),
    "from_logits": ([layers.SimpleRNN(5), dense(4)], "ids", {
        "optimizer": optimizers.RMSprop(0.01), "loss": losses.SparseCategoricalCrossentropy(from_logits=True), "metrics": ["accuracy"],
    }, None),
    "each_step": ([layers.LSTM(5, return_sequences=True), dense(3, "softmax")], "step_ids", {
        "optimizer": optimizers.Adam(0.01), "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"],
        "weighted_metrics": ["sparse_categorical_accuracy"],
    }, "step"),
    "each_step_one_hot": ([layers.GRU(4, return_sequences=True), dense(3, "softmax")], "step_one_hot", {
        "optimizer": optimizers.SGD(0.5), "loss": "kl_divergence", "metrics": ["accuracy", "cosine_similarity"],
    }, None),
    "softmax_mse": ([layers.SimpleRNN(5), dense(4, "softmax")], "one_hot", {
        "optimizer": optimizers.SGD(0.5), "loss": "mse", "metrics": ["mae", "RootMeanSquaredError", "Precision"],
    }, None),
    "values": ([layers.GRU(5), dense(2)], "values", {
        "optimizer": optimizers.Adam(0.02), "loss": losses.Huber(0.5), "metrics": ["mse", "R2Score", losses.huber],
        "weighted_metrics": ["mse"],
    }, "sample"),
    "binary": ([layers.LSTM(4), dense(1, "sigmoid")], "yes", {
        "optimizer": optimizers.RMSprop(0.01), "loss": "bce", "metrics": ["Precision", "Recall", "TruePositives", "accuracy"],
        "weighted_metrics": [metrics.AUC(name="auc"), "accuracy"],
    }, {"class_weight": {0: 0.75, 1: 1.5}}),
    "hinge": ([layers.LSTM(4), dense(1, "tanh")], "yes", {"optimizer": optimizers.SGD(0.1), "loss": "squared_hinge", "metrics": ["hinge"]}, None),
}


def targets(kind, ids, worth):
    """Returns what a model can learn to tell of ids."""
    so_far = np.cumsum(worth[ids], axis=1)
    total = so_far[:, -1]
    quarter = np.searchsorted([-2, 0, 2], total)
    third = np.searchsorted([-1, 1], so_far)
    match kind:
        case "ids":
            return quarter
        case "one_hot":
            return np.eye(4)[quarter]
        case "step_ids":
            return third
        case "step_one_hot":
            return np.eye(3)[third]
        case "values":
            return np.stack([total / 3, np.sin(total)], axis=1)
        case "yes":
            return (total > 0)[:, None]


def case(name):
    stack, kind, compiled, weights = CASES[name]
    rng = fixture.draws(name)
    worth = rng.standard_normal(WORDS)
    ids = rng.randint(0, WORDS, (SAMPLES + VALIDATION, STEPS)).astype(np.int32)
    y = targets(kind, ids, worth).astype(np.float32)
    arrays = {"x": ids[:SAMPLES], "y": y[:SAMPLES], "val_x": ids[SAMPLES:], "val_y": y[SAMPLES:]}
    if isinstance(weights, str):
        s = rng.uniform(0, 2, (len(ids), STEPS) if weights == "step" else len(ids)).astype(np.float32)
        arrays |= {"s": s[:SAMPLES], "val_s": s[SAMPLES:]}
    model = keras.Sequential([keras.Input((STEPS,), dtype="int32"), layers.Embedding(WORDS, 4), *stack])
    first = [fixture.normal(rng, w.shape, 0.5) for w in model.weights]
    model.set_weights(first)
    model.compile(**compiled)
    history = model.fit(
        arrays["x"], arrays["y"], batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0, sample_weight=arrays.get("s"),
        validation_data=tuple(arrays[k] for k in ("val_x", "val_y", "val_s") if k in arrays),
        **(weights if isinstance(weights, dict) else {}),
    ).history
    arrays |= fixture.numbered("w", first) | {k: np.array(v, np.float32) for k, v in history.items()}
    arrays |= fixture.numbered("f", model.get_weights()) | {"p": model.predict(arrays["x"], verbose=0)}
    fixture.write_arrays(out / f"{name}.npz", arrays)


for name in CASES:
    case(name)
print(f"{len(CASES)} tasks in {out}")
