"""Metrics: the state of each after every one of three batches, by Keras in float32.

Writes metric/testdata/metrics.npz and cases.json. A case's inputs are the predictions p_INPUT_B, the targets
y_INPUT_B and the weights w_INPUT_B of batches B = 0, 1, 2; its results are r_NAME, the metric after each batch,
and s_NAME, the same with the batches' weights. The classes of the cases called "accuracy" are Keras' choice by
shape.
"""

import re

import fixture

out = fixture.root(__doc__) / "metric/testdata"
keras = fixture.start("float32")

import numpy as np  # noqa: E402
from keras.src.trainers.compile_utils import CompileMetrics  # noqa: E402

BATCHES = (16, 16, 5)


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return (e / e.sum(axis=-1, keepdims=True)).astype(np.float32)


def batches(kind):
    """Returns the batches of an input: predictions, targets, weights."""
    rng = fixture.draws(f"metrics {kind}")
    for n in BATCHES:
        weights = rng.uniform(0, 2, n).astype(np.float32)
        logits = fixture.normal(rng, (n, 6), 2.0)
        classes = rng.randint(0, 6, n)
        match kind:
            case "binary":
                p = np.clip(rng.uniform(-0.2, 1.2, (n, 1)), 0, 1).astype(np.float32)
                p[0], p[1] = 0.5, 0.25
                yield p, (rng.uniform(size=(n, 1)) < 0.3 + 0.4 * p).astype(np.float32), weights
            case "logits":
                yield logits[:, :1], rng.randint(0, 2, (n, 1)).astype(np.float32), weights
            case "labels":
                yield rng.uniform(size=(n, 3)).astype(np.float32), rng.randint(0, 2, (n, 3)).astype(np.float32), weights
            case "classes":
                p = softmax(logits)
                p[2, 3] = p[2, 1] = 0.5
                yield p, np.eye(6, dtype=np.float32)[classes], weights
            case "ids":
                yield softmax(logits), classes[:, None].astype(np.float32), weights
            case "real":
                yield logits[:, :2], 0.5 * logits[:, :2] + fixture.normal(rng, (n, 2)) + np.float32(3), weights
            case "hinge":
                yield logits[:, :1], (2 * rng.randint(0, 2, (n, 1)) - 1).astype(np.float32), weights
            case "counts":
                yield np.abs(logits[:, :2]) + np.float32(0.1), rng.poisson(2, (n, 2)).astype(np.float32), weights


INPUTS = ["binary", "logits", "labels", "classes", "ids", "real", "hinge", "counts"]
MEANS = {
    "real": "MeanSquaredError RootMeanSquaredError MeanAbsoluteError MeanAbsolutePercentageError LogCoshError CosineSimilarity R2Score",
    "counts": "Poisson MeanSquaredLogarithmicError",
    "hinge": "Hinge SquaredHinge",
    "classes": "CategoricalHinge KLDivergence CategoricalCrossentropy CategoricalAccuracy TopKCategoricalAccuracy BinaryAccuracy",
    "ids": "SparseCategoricalCrossentropy SparseCategoricalAccuracy SparseTopKCategoricalAccuracy",
    "binary": "BinaryCrossentropy BinaryAccuracy Precision Recall TruePositives FalsePositives TrueNegatives FalseNegatives AUC F1Score FBetaScore",
    "labels": "BinaryAccuracy Precision Recall TruePositives FalseNegatives AUC",
}
CASES = [(metric, given, {}) for given, metrics in MEANS.items() for metric in metrics.split()] + [
    ("accuracy", "binary", {}),
    ("accuracy", "classes", {}),
    ("accuracy", "ids", {}),
    ("BinaryCrossentropy", "logits", {"from_logits": True}),
    ("BinaryCrossentropy", "binary", {"label_smoothing": 0.1}),
    ("BinaryAccuracy", "binary", {"threshold": 0.25}),
    ("TopKCategoricalAccuracy", "classes", {"k": 2}),
    ("SparseTopKCategoricalAccuracy", "ids", {"k": 3}),
    ("Precision", "binary", {"thresholds": 0.7}),
    ("Recall", "binary", {"thresholds": 0.25}),
    ("Precision", "classes", {"top_k": 2}),
    ("Recall", "classes", {"top_k": 2, "class_id": 1}),
    ("Precision", "classes", {"class_id": 0}),
    ("Recall", "labels", {"top_k": 1, "thresholds": 0.6}),
    ("FalsePositives", "labels", {"thresholds": 0.3}),
    *[("AUC", "binary", {"curve": c, "summation_method": s}) for c in ("ROC", "PR", "PRGAIN") for s in ("interpolation", "minoring", "majoring")],
    ("AUC", "binary", {"num_thresholds": 5}),
    ("AUC", "binary", {"num_thresholds": 3, "curve": "PR"}),
    ("AUC", "logits", {"from_logits": True}),
    ("AUC", "labels", {"multi_label": True}),
    ("AUC", "labels", {"multi_label": True, "curve": "PR"}),
    ("F1Score", "labels", {"average": "macro", "threshold": 0.5}),
    ("F1Score", "labels", {"average": "micro", "threshold": 0.4}),
    ("F1Score", "classes", {"average": "weighted"}),
    ("F1Score", "classes", {"average": "macro"}),
    ("FBetaScore", "classes", {"average": "micro", "beta": 2.0}),
    ("FBetaScore", "labels", {"average": "weighted", "beta": 0.5, "threshold": 0.3}),
    ("F1Score", "binary", {"threshold": 0.5}),
    ("R2Score", "real", {"class_aggregation": "variance_weighted_average"}),
    ("R2Score", "real", {"num_regressors": 3}),
]


def states(metric, config, given, weighted):
    """Returns a metric after each batch."""
    if metric == "accuracy":
        of = CompileMetrics(None, ["accuracy"]) if weighted else CompileMetrics(["accuracy"], None)
    else:
        of = getattr(keras.metrics, metric)(**config)
    found = []
    for p, y, w in batches(given):
        of.update_state(y, p, **({"sample_weight": w} if weighted else {}))
        value = of.result()
        value = value["accuracy"] if isinstance(value, dict) else value
        found.append(float(np.asarray(value).reshape(())))
    return np.array(found, np.float32)


arrays = {}
for given in INPUTS:
    for b, batch in enumerate(batches(given)):
        arrays |= {f"{kind}_{given}_{b}": array for kind, array in zip("pyw", batch)}
cases = []
for i, (metric, given, config) in enumerate(CASES):
    name = f"{i:02}_{metric}_{given}"
    arrays |= {f"r_{name}": states(metric, config, given, False), f"s_{name}": states(metric, config, given, True)}
    direction = getattr(getattr(keras.metrics, metric)(**config), "_direction", None) if metric != "accuracy" else "up"
    label = getattr(keras.metrics, metric)(**config).name if metric != "accuracy" else "accuracy"
    if direction is None and metric not in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives"):
        raise SystemExit(f"{name} has no direction")
    cases.append({"name": name, "metric": metric, "input": given, "config": config, "direction": direction, "label": re.sub(r"_\d+$", "", label)})
fixture.write_arrays(out / "metrics.npz", arrays)
fixture.write_json(out / "cases.json", {"keras": keras.__version__, "cases": cases})
print(f"{len(cases)} cases of metrics in {out}")
