"""Checks layer/testdata/layers by other means than Keras: the published formulas in NumPy, float64.

The outputs are computed anew; the gradients are compared with central differences along a random direction
in each array. Cases with dropout are left to Keras and to the gradient checks in Go. Usage: check_formulas.py [--out ROOT]
"""

import json
import math
import sys

import numpy as np

import fixture

folder = fixture.root(__doc__) / "layer/testdata/layers"
STEP = 1e-6


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


ACTIVATIONS = {
    "linear": lambda x: x,
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda x: np.where(x > 0, x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "selu": lambda x: 1.05070098735548049342 * np.where(x > 0, x, 1.67326324235437728481 * (np.exp(x) - 1)),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "exponential": np.exp,
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
}


def simple_rnn(x, state, weights, config):
    kernel, recurrent, bias = weights
    h = ACTIVATIONS[config.get("activation", "tanh")](x @ kernel + state[0] @ recurrent + bias)
    return [h]


def lstm(x, state, weights, config):
    kernel, recurrent, bias = weights
    act, gate = gates(config)
    i, f, g, o = np.split(x @ kernel + state[0] @ recurrent + bias, 4, axis=1)
    c = gate(f) * state[1] + gate(i) * act(g)
    return [gate(o) * act(c), c]


def gru(x, state, weights, config):
    kernel, recurrent, bias = weights
    act, gate = gates(config)
    h, u = state[0], recurrent.shape[0]
    if config.get("reset_after", True):
        xz, xr, xh = np.split(x @ kernel + bias[0], 3, axis=1)
        hz, hr, hh = np.split(h @ recurrent + bias[1], 3, axis=1)
        candidate = act(xh + gate(xr + hr) * hh)
    else:
        xz, xr, xh = np.split(x @ kernel + bias, 3, axis=1)
        hz, hr = np.split(h @ recurrent[:, : 2 * u], 2, axis=1)
        candidate = act(xh + (gate(xr + hr) * h) @ recurrent[:, 2 * u :])
    z = gate(xz + hz)
    return [z * h + (1 - z) * candidate]


def gates(config):
    return ACTIVATIONS[config.get("activation", "tanh")], ACTIVATIONS[config.get("recurrent_activation", "sigmoid")]


CELLS = {"SimpleRNN": simple_rnn, "LSTM": lstm, "GRU": gru}


def recur(cls, config, weights, x, mask=None):
    """Runs a cell over time and returns what the Keras layer returns.

    Where the mask (samples, steps) is False, the states stay and the output before comes again, or zeros.
    """
    units = config["units"]
    if not config.get("use_bias", True):
        shape = weights[0].shape[1:]
        weights = [*weights, np.zeros((2, *shape) if cls == "GRU" and config.get("reset_after", True) else shape)]
    state = [np.zeros((x.shape[0], units))] * 2
    outputs = []
    for t in range(x.shape[1])[:: -1 if config.get("go_backwards") else 1]:
        counts = np.ones((x.shape[0], 1), bool) if mask is None else mask[:, t, None]
        state = [np.where(counts, new, old) for new, old in zip(CELLS[cls](x[:, t], state, weights, config), state)]
        outputs.append(np.where(counts, state[0], 0) if config.get("zero_output_for_mask") else state[0])
    return np.stack(outputs, axis=1) if config.get("return_sequences") else outputs[-1]


def bidirectional(config, weights, x, mask):
    cls, inner = config["layer"]["class"], config["layer"]["config"]
    inner = inner | {"zero_output_for_mask": bool(inner.get("return_sequences"))}
    half = len(weights) // 2
    forward = recur(cls, inner, weights[:half], x, mask)
    backward = recur(cls, inner | {"go_backwards": True}, weights[half:], x, mask)
    if inner.get("return_sequences"):
        backward = backward[:, ::-1]
    return {
        None: lambda: np.concatenate([forward, backward], axis=-1),  # two outputs, side by side
        "concat": lambda: np.concatenate([forward, backward], axis=-1),
        "sum": lambda: forward + backward,
        "ave": lambda: (forward + backward) / 2,
        "mul": lambda: forward * backward,
    }[config.get("merge_mode", "concat")]()


def apply(layers, weights, x):
    """Runs a chain of layers."""
    weights, mask = list(weights), None
    for layer in layers:
        if layer["class"] == "TimeDistributed":
            layer = layer["config"]["layer"]
        cls, config = layer["class"], layer["config"]
        biased = config.get("use_bias", True)
        if cls == "Embedding":
            mask = x != 0 if config.get("mask_zero") else None
            x = weights.pop(0)[x]
        elif cls == "Masking":
            mask = np.any(x != config.get("mask_value", 0), axis=-1)
            x = np.where(mask[..., None], x, 0)
        elif cls == "Activation":
            x = ACTIVATIONS[config["activation"]](x)
        elif cls == "Flatten":
            x, mask = x.reshape(len(x), -1), None
        elif cls == "Dropout":
            pass
        elif cls == "Dense":
            x = x @ weights.pop(0)
            x = ACTIVATIONS[config.get("activation", "linear")](x + weights.pop(0) if biased else x)
        elif cls == "Bidirectional":
            own, weights = weights[:6], weights[6:]
            x = bidirectional(config, own, x, mask)
            mask = mask if config["layer"]["config"].get("return_sequences") else None
        else:
            count = 3 if biased else 2
            own, weights = weights[:count], weights[count:]
            x = recur(cls, config, own, x, mask)
            mask = mask if config.get("return_sequences") else None
    return x


def faults(case):
    """Returns what is wrong with the arrays of one case."""
    data = np.load(folder / f"{case['name']}.npz")
    count = sum(k[0] == "w" for k in data)
    weights = [data[f"w{i}"].astype(np.float64) for i in range(count)]
    whole = data["x"].dtype.kind == "i"
    x = data["x"] if whole else data["x"].astype(np.float64)
    dy = data["dy"].astype(np.float64)

    y = apply(case["layers"], weights, x)
    if y.shape != data["y"].shape or not np.allclose(y, data["y"], rtol=1.2e-7, atol=1e-9):
        yield f"y: {data['y'].shape}, expected {y.shape}, or other values"

    arrays = weights if whole else [*weights, x]
    rng = np.random.RandomState(1)
    for i, array in enumerate(arrays):
        name = f"dw{i}" if i < count else "dx"
        direction = rng.standard_normal(array.shape)
        if name == "dx" and "masked" in case:  # a masked step that moved would count
            value = case["layers"][0]["config"].get("mask_value", 0)
            direction *= np.any(x != value, axis=-1, keepdims=True)

        def along(step):
            moved = arrays[:i] + [array + step * direction] + arrays[i + 1 :]
            return np.sum(dy * apply(case["layers"], moved[:count], x if whole else moved[-1]))

        slope = (along(STEP) - along(-STEP)) / (2 * STEP)
        given = data[name].astype(np.float64)
        scale = np.sum(np.abs(given * direction)) + 1e-3
        if given.shape != array.shape or abs(np.sum(given * direction) - slope) > 1e-6 * scale:
            yield f"{name}: slope {np.sum(given * direction)}, expected {slope}"


cases = [c for c in json.loads((folder / "cases.json").read_text())["cases"] if "dropped" not in c]
failed = 0
for case in cases:
    wrong = list(faults(case))
    failed += bool(wrong)
    for fault in wrong:
        print(f"FAIL {case['name']}: {fault}")
print(f"layers by formula: {len(cases) - failed} passed, {failed} failed")
sys.exit(failed > 0)
