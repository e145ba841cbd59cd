"""Losses: values and gradients of each with its arguments, by Keras in float64 from float32 inputs.

Writes loss/testdata/losses.npz and cases.json. A case's inputs are the predictions p_INPUT and the targets
y_INPUT, each row a prediction; its results are the losses v_NAME of the rows, and d_NAME, the gradient of the
sum of the losses. Keras clips and adds its 1e-7 in float32 in a model, which differs from float64 where a
prediction is 0 or 1: the cases whose input's names begin with edge are computed in float32.
"""

import fixture

out = fixture.root(__doc__) / "loss/testdata"
keras = fixture.start("float64")

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

ROWS, WIDTH = 12, 5


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).astype(np.float32)


def inputs():
    """Returns predictions and targets by name."""
    rng = fixture.draws("losses")
    real = fixture.normal(rng, (ROWS, WIDTH), 2.0)
    target = fixture.normal(rng, (ROWS, WIDTH), 2.0)
    target[0], real[1] = 0, np.linspace(-50, 50, WIDTH)
    logits = fixture.normal(rng, (ROWS, WIDTH), 3.0)
    logits[0], logits[1] = [200, -200, 0, 40, -40], [-1000, 1000, 999, 0, 1]
    shares = rng.uniform(0.01, 0.99, (ROWS, WIDTH)).astype(np.float32)
    one_hot = np.eye(WIDTH, dtype=np.float32)[rng.randint(0, WIDTH, ROWS)]
    soft = softmax(fixture.normal(rng, (ROWS, WIDTH)))
    yes = rng.randint(0, 2, (ROWS, WIDTH)).astype(np.float32)
    counts = rng.poisson(2, (ROWS, WIDTH)).astype(np.float32)
    edge = np.array([[0, 1, 0, 1, 0.5], [1, 1, 0, 0, 1e-8], [1 - 6e-8, 1.5e-7, 3e-7, 0.25, 1]], np.float32)
    edge_hot = np.eye(WIDTH, dtype=np.float32)[[0, 4, 1]]
    edge_yes = np.array([[0, 0, 1, 1, 1], [1, 0, 0, 1, 0], [0, 1, 0, 1, 0.3]], np.float32)
    # Where a loss has a kink, derivatives are a matter of taste, and JAX' differs from TensorFlow's.
    edge_other = np.where(edge == edge_yes, edge_yes + 2, edge_yes)
    edge_beyond = np.where(edge == 1, np.float32(1.5), edge)
    return {
        "real": (real, target),
        "positive": (np.abs(real) + np.float32(0.1), np.abs(target)),
        "counts": (np.abs(real) + np.float32(0.1), counts),
        "binary": (shares, yes),
        "binary_soft": (shares, soft),
        "binary_logits": (logits, yes),
        "focal_logits": (target, yes),
        "hinge": (real, 2 * yes - 1),
        "hinge_yes": (real, yes),
        "classes": (softmax(logits[2:]), one_hot[2:]),
        "unequal": (shares, one_hot),
        "classes_soft": (softmax(logits[2:]), soft[2:]),
        "classes_logits": (logits, one_hot),
        "soft_logits": (logits, soft),
        "ids": (softmax(logits[2:]), one_hot[2:].argmax(axis=1)[:, None].astype(np.float32)),
        "ids_logits": (logits, one_hot.argmax(axis=1)[:, None].astype(np.float32)),
        "edge": (edge, edge_yes),
        "edge_hot": (edge, edge_hot),
        "edge_other": (edge, edge_other),
        "edge_beyond": (edge_beyond, edge_yes),
    }


CASES = [
    ("MeanSquaredError", "real", {}),
    ("MeanAbsoluteError", "real", {}),
    ("MeanAbsolutePercentageError", "real", {}),
    ("MeanSquaredLogarithmicError", "positive", {}),
    ("MeanSquaredLogarithmicError", "real", {}),
    ("Huber", "real", {}),
    ("Huber", "real", {"delta": 0.3}),
    ("LogCosh", "real", {}),
    ("Poisson", "counts", {}),
    ("Hinge", "hinge", {}),
    ("Hinge", "hinge_yes", {}),
    ("SquaredHinge", "hinge", {}),
    ("SquaredHinge", "hinge_yes", {}),
    ("CategoricalHinge", "unequal", {}),
    ("CategoricalHinge", "soft_logits", {}),
    ("CosineSimilarity", "real", {}),
    ("CosineSimilarity", "classes_soft", {}),
    ("KLDivergence", "classes_soft", {}),
    ("KLDivergence", "classes", {}),
    ("BinaryCrossentropy", "binary", {}),
    ("BinaryCrossentropy", "binary_soft", {"label_smoothing": 0.2}),
    ("BinaryCrossentropy", "binary_logits", {"from_logits": True}),
    ("BinaryCrossentropy", "binary_logits", {"from_logits": True, "label_smoothing": 0.1}),
    ("BinaryFocalCrossentropy", "binary", {}),
    ("BinaryFocalCrossentropy", "binary_soft", {"apply_class_balancing": True, "alpha": 0.4, "gamma": 1.5}),
    ("BinaryFocalCrossentropy", "binary", {"label_smoothing": 0.2, "gamma": 1.0, "apply_class_balancing": True}),
    ("BinaryFocalCrossentropy", "focal_logits", {"from_logits": True}),
    ("BinaryFocalCrossentropy", "binary", {"gamma": 0.0}),
    ("CategoricalCrossentropy", "classes", {}),
    ("CategoricalCrossentropy", "unequal", {}),
    ("CategoricalCrossentropy", "unequal", {"label_smoothing": 0.1}),
    ("CategoricalCrossentropy", "classes_soft", {}),
    ("CategoricalCrossentropy", "classes_logits", {"from_logits": True}),
    ("CategoricalCrossentropy", "soft_logits", {"from_logits": True, "label_smoothing": 0.3}),
    ("SparseCategoricalCrossentropy", "ids", {}),
    ("SparseCategoricalCrossentropy", "ids_logits", {"from_logits": True}),
    # In float32, as these hang on where it rounds.
    ("BinaryCrossentropy", "edge", {}),
    ("BinaryFocalCrossentropy", "edge", {}),
    ("CategoricalCrossentropy", "edge_hot", {}),
    ("KLDivergence", "edge_beyond", {}),
    ("Poisson", "edge", {}),
    ("MeanAbsolutePercentageError", "edge_other", {}),
    ("MeanSquaredLogarithmicError", "edge", {}),
]


def name_of(i, loss, given):
    return f"{i:02}_{loss}_{given}"


data = inputs()
arrays = {f"{kind}_{name}": array for name, pair in data.items() for kind, array in zip("py", pair)}
cases = []
for i, (loss, given, config) in enumerate(CASES):
    name, precision = name_of(i, loss, given), "float32" if given.startswith("edge") else "float64"
    function = getattr(keras.losses, loss)(**config, reduction=None, dtype=precision)
    p, y = (jnp.asarray(a, precision) for a in data[given])
    keras.config.set_floatx(precision)
    values, pull = jax.vjp(lambda p: function(y, p), p)
    slopes = pull(jnp.ones_like(values))[0]
    if values.dtype != precision or slopes.dtype != precision:
        raise SystemExit(f"{name}: computed in {values.dtype}")
    arrays |= {f"v_{name}": values, f"d_{name}": slopes}
    cases.append({"name": name, "loss": loss, "input": given, "config": config, "precision": precision})
fixture.write_arrays(out / "losses.npz", arrays)
fixture.write_json(out / "cases.json", {"keras": keras.__version__, "cases": cases})
print(f"{len(cases)} cases of losses in {out}")
