"""Layers: what Keras computes forward and backward, in float64, rounded to float32 at the end.

Writes layer/testdata/layers/NAME.npz and cases.json. Arrays of a case: x, the weights w0, w1, ... in
Keras' order, y, dy (the gradient that arrives), dw0, dw1, ... and, unless x holds ids, dx: the gradients
of sum(y*dy).
"""

import fixture

out = fixture.root(__doc__) / "layer/testdata/layers"
keras = fixture.start("float64")

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from keras.src.layers.rnn import dropout_rnn_cell  # noqa: E402

RECURRENT = {
    "simple_rnn": ("SimpleRNN", {}),
    "lstm": ("LSTM", {}),
    "gru": ("GRU", {"reset_after": True}),
    "gru_before": ("GRU", {"reset_after": False}),
}
ACTIVATIONS = (
    "linear sigmoid relu tanh elu selu softplus softsign exponential relu6 leaky_relu hard_sigmoid silu gelu"
).split()


def layer(cls, **config):
    return {"class": cls, "config": config}


def case(name, layers, shape, vocabulary=None, masked=None, dropped=False):
    """Describes one case: a chain of layers on x of the given shape; x holds ids below vocabulary if that is given.

    masked says which steps of x have the value that Masking or mask_zero masks: some in "front", at the "back",
    or "any"; whole samples too. dropped has the case computed as in training, with the zeros that Recurve would draw.
    """
    described = {"name": name, "layers": layers, "shape": list(shape)}
    if vocabulary:
        described["vocabulary"] = vocabulary
    if masked:
        described["masked"] = masked
    if dropped:
        described["dropped"] = True
    return described


def recurrent_cases():
    # Units, features, steps and samples around the tile of 16: one sample, part of a tile, one, one and one more, three.
    sizes = {
        "one": (1, (1, 1, 1), {}),
        "last": (8, (16, 12, 4), {}),
        "sequence": (8, (17, 5, 1), {"return_sequences": True}),
        "tiles": (3, (33, 2, 3), {"return_sequences": True}),
        "backwards": (3, (17, 5, 4), {"go_backwards": True}),
        "backwards_sequence": (3, (5, 5, 4), {"go_backwards": True, "return_sequences": True}),
        "no_bias": (3, (5, 5, 4), {"use_bias": False}),
        "no_bias_backwards_sequence": (4, (17, 3, 1), {"use_bias": False, "go_backwards": True, "return_sequences": True}),
        "relu": (3, (5, 5, 4), {"activation": "relu"}),
        "linear": (3, (5, 5, 4), {"activation": "linear", "return_sequences": True}),
    }
    gated = {
        "hard_sigmoid": (3, (5, 5, 4), {"recurrent_activation": "hard_sigmoid"}),
        "relu_hard_sigmoid": (4, (17, 3, 4), {"activation": "relu", "recurrent_activation": "hard_sigmoid", "return_sequences": True}),
    }
    for short, (cls, fixed) in RECURRENT.items():
        for name, (units, shape, config) in (sizes if cls == "SimpleRNN" else sizes | gated).items():
            yield case(f"{short}_{name}", [layer(cls, units=units, **fixed, **config)], shape)


def bidirectional_cases():
    merges = {"simple_rnn": "concat mul", "lstm": "concat ave", "gru": "concat sum", "gru_before": "concat"}
    for short, (cls, fixed) in RECURRENT.items():
        for merge in merges[short].split():
            for sequences in (False, True):
                inner = layer(cls, units=3, return_sequences=sequences, **fixed)
                name = f"bidirectional_{short}_{merge}" + ("_sequence" if sequences else "")
                yield case(name, [layer("Bidirectional", layer=inner, merge_mode=merge)], (17 if sequences else 5, 4, 2))


def dense_cases():
    for activation in ACTIVATIONS:
        yield case(f"dense_{activation}", [layer("Dense", units=3, activation=activation)], (17, 4))
    for activation in ("linear", "tanh", "gelu"):
        yield case(f"dense_{activation}_steps", [layer("Dense", units=3, activation=activation)], (17, 2, 4))
    yield case("dense_one", [layer("Dense", units=1)], (1, 1))
    yield case("dense_no_bias", [layer("Dense", units=8, use_bias=False)], (16, 5))
    yield case("dense_no_bias_steps", [layer("Dense", units=2, use_bias=False, activation="tanh")], (17, 2, 5))


def embedding_cases():
    for name, shape, vocabulary, width in (
        ("one", (1, 1), 2, 1),
        ("repeated", (5, 6), 4, 3),
        ("tile", (16, 5), 20, 8),
        ("partly_full", (17, 5), 30, 4),
    ):
        yield case(f"embedding_{name}", [layer("Embedding", input_dim=vocabulary, output_dim=width)], shape, vocabulary)


def stack_cases():
    lstm = layer("LSTM", units=5)
    lstm_sequence = layer("LSTM", units=4, return_sequences=True)
    gru = layer("GRU", units=3)
    embedding = layer("Embedding", input_dim=11, output_dim=3)
    sigmoid = layer("Dense", units=1, activation="sigmoid")
    for cls in ("SimpleRNN", "LSTM", "GRU"):
        yield case(f"stack_embedding_{cls.lower()}_dense", [embedding, layer(cls, units=5), sigmoid], (17, 9), 11)
    # Fewer words than tokens and more words than tokens: an implementation may choose its way by that.
    yield case("stack_few_words", [layer("Embedding", input_dim=4, output_dim=3), lstm, sigmoid], (17, 9), 4)
    yield case("stack_many_words", [layer("Embedding", input_dim=60, output_dim=3), lstm, sigmoid], (2, 3), 60)
    yield case("stack_lstm_gru", [lstm_sequence, gru], (17, 5, 3))
    yield case("stack_gru_lstm_sequence", [layer("GRU", units=4, return_sequences=True), lstm_sequence], (5, 4, 3))
    yield case("stack_backwards_sequence_gru", [layer("LSTM", units=4, return_sequences=True, go_backwards=True), gru], (5, 6, 2))
    yield case("stack_rnn_dense_rnn", [
        layer("SimpleRNN", units=4, return_sequences=True), layer("Dense", units=3, activation="relu"), layer("SimpleRNN", units=2),
    ], (17, 4, 3))
    yield case("stack_bidirectional_lstm", [layer("Bidirectional", layer=lstm_sequence), gru], (17, 5, 3))
    yield case("stack_embedding_bidirectional_dense", [embedding, layer("Bidirectional", layer=gru), sigmoid], (17, 7), 11)
    yield case("stack_embedding_backwards_dense", [embedding, layer("LSTM", units=4, go_backwards=True), sigmoid], (5, 7), 11)


def masked_cases():
    few = layer("Embedding", input_dim=7, output_dim=3, mask_zero=True)
    many = layer("Embedding", input_dim=300, output_dim=3, mask_zero=True)
    ways = {
        "last": {},
        "sequence": {"return_sequences": True},
        "zeroed_sequence": {"return_sequences": True, "zero_output_for_mask": True},
        "zeroed_last": {"zero_output_for_mask": True},
        "backwards": {"go_backwards": True},
        "backwards_sequence": {"go_backwards": True, "return_sequences": True},
        "zeroed_backwards_sequence": {"go_backwards": True, "return_sequences": True, "zero_output_for_mask": True},
    }
    for short, (cls, fixed) in RECURRENT.items():
        for way, config in ways.items():
            inner = layer(cls, units=3, **fixed, **config)
            yield case(f"masking_{short}_{way}", [layer("Masking"), inner], (17, 6, 2), masked="any")
        inner = layer(cls, units=5, **fixed)
        for masked in ("front", "back"):
            yield case(f"mask_zero_{short}_{masked}", [few, inner], (17, 9), 7, masked)
        yield case(f"mask_zero_{short}_many", [many, inner], (17, 9), 300, "front")
        for sequences in (False, True):
            both = layer("Bidirectional", layer=layer(cls, units=2, return_sequences=sequences, **fixed))
            name = f"mask_zero_bidirectional_{short}" + ("_sequence" if sequences else "")
            yield case(name, [few, both], (17, 7), 7, "any" if sequences else "front")
    sequence = layer("LSTM", units=3, return_sequences=True)
    yield case("mask_zero_stack", [few, sequence, layer("GRU", units=2)], (17, 7), 7, "any")
    yield case("mask_zero_dense", [few, layer("Dense", units=4, activation="tanh"), sequence, layer("Dense", units=2)], (17, 7), 7, "any")
    yield case("mask_zero_dropout", [many, layer("Dropout", rate=0), layer("GRU", units=3)], (17, 7), 300, "front")
    yield case("masking_value", [layer("Masking", mask_value=1.5), layer("GRU", units=3)], (17, 4, 2), masked="any")
    yield case("masking_twice", [sequence, layer("Masking"), layer("GRU", units=3)], (5, 4, 2))
    yield case("masking_backwards_then_forwards", [
        layer("Masking"), layer("GRU", units=3, return_sequences=True, go_backwards=True), layer("LSTM", units=2)], (17, 5, 2), masked="front")


def small_cases():
    dense = layer("Dense", units=3, activation="tanh")
    yield case("time_distributed", [layer("TimeDistributed", layer=dense)], (17, 4, 2))
    few = layer("Embedding", input_dim=7, output_dim=3, mask_zero=True)
    yield case("time_distributed_masked", [few, layer("TimeDistributed", layer=dense), layer("LSTM", units=2)], (17, 5), 7, "any")
    yield case("time_distributed_activation", [layer("TimeDistributed", layer=layer("Activation", activation="gelu"))], (5, 4, 2))
    yield case("activation", [layer("Activation", activation="silu")], (17, 3))
    yield case("activation_steps", [layer("Activation", activation="softsign"), layer("GRU", units=2)], (5, 3, 2))
    yield case("flatten", [layer("Flatten"), layer("Dense", units=2)], (17, 3, 2))
    yield case("flatten_masked", [layer("Masking"), layer("LSTM", units=2, return_sequences=True), layer("Flatten")], (17, 4, 2), masked="any")
    yield case("flatten_embedding", [few, layer("Flatten"), layer("Dense", units=2)], (17, 4), 7)
    yield case("bidirectional_unmerged", [layer("Bidirectional", layer=layer("LSTM", units=2), merge_mode=None)], (5, 4, 2))
    yield case("bidirectional_unmerged_sequence", [
        layer("Bidirectional", layer=layer("GRU", units=2, return_sequences=True), merge_mode=None)], (5, 4, 2))


def dropout_cases():
    rates = {
        "input": {"dropout": 0.3},
        "state": {"recurrent_dropout": 0.4},
        "both": {"dropout": 0.5, "recurrent_dropout": 0.25},
        "all": {"dropout": 1.0},
    }
    few = layer("Embedding", input_dim=7, output_dim=3)
    for short, (cls, fixed) in RECURRENT.items():
        for name, config in rates.items():
            if short == "gru" and name == "all":
                continue  # JAX alone has another way through this layer, on which a rate of 1 drops all
            inner = layer(cls, units=3, return_sequences=True, **fixed, **config)
            yield case(f"dropout_{short}_{name}", [inner], (17, 5, 2), dropped=True)
        inner = layer(cls, units=3, **fixed, **rates["both"])
        yield case(f"dropout_{short}_embedding", [few, inner], (17, 6), 7, dropped=True)
        masked = layer("Embedding", input_dim=7, output_dim=3, mask_zero=True)
        yield case(f"dropout_{short}_masked", [masked, inner], (17, 6), 7, "any", dropped=True)
        yield case(f"dropout_{short}_bidirectional", [layer("Bidirectional", layer=inner)], (17, 4, 2), dropped=True)


def mix(z):
    """Hashes 64-bit integers as Recurve does (kernel.Mix)."""
    z = np.asarray(z, np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return z ^ z >> np.uint64(31)


def kept(samples, features, sets, rate, stream):
    """The zeros, and what the others are multiplied by, that Recurve draws: sets of (samples, features).

    A tile is 16 samples; in the tests its key is the number of its first. A value's random number comes from its place
    in a set of features x 16.
    """
    sample = np.arange(samples, dtype=np.uint64)[None, :, None]
    key = mix(sample // 16 * 16 + np.uint64(stream))
    place = (np.arange(sets)[:, None, None] * features + np.arange(features)[None, None, :]) * 16
    dropped = mix(key + place.astype(np.uint64) + sample % 16) >> np.uint64(40) < np.uint64(int(rate * 2**24))
    return [np.where(zero, 0, 0 if rate == 1 else np.float32(1 / (1 - rate))) for zero in dropped]


def zeros_of(described):
    """All zeros of a case's recurrent layer in the order in which Keras asks for them."""
    at, inner = [(i + 1, d) for i, d in enumerate(described["layers"]) if d["class"] != "Embedding"][0]
    salts = [at]
    if inner["class"] == "Bidirectional":
        inner = inner["config"]["layer"]
        salts = [(int(mix((at << 8) + half)) + 1) % 2**64 for half in (1, 2)]
    gates = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}[inner["class"]]
    config, samples = inner["config"], described["shape"][0]
    features = described["shape"][-1] if "vocabulary" not in described else 3
    for salt in salts:
        sets = gates if config.get("recurrent_dropout") else 1
        for rate, count, size, side in ((config.get("dropout", 0), sets, features, 0), (config.get("recurrent_dropout", 0), gates, config["units"], 1)):
            if rate:
                yield from kept(samples, size, count, rate, (2 * salt + side) % 2**64)


def mask_steps(rng, x, masked, value):
    """Sets the steps of x to the value that a case wants masked; the first samples are masked wholly, or not at all."""
    steps = x.shape[1]
    for i, sample in enumerate(x):
        n = (steps, 0, *rng.randint(0, steps + 1, 1))[min(i, 2)]
        if masked == "any":
            sample[rng.permutation(steps)[:n]] = value
        else:
            sample[slice(0, n) if masked == "front" else slice(steps - n, steps)] = value


def arrays_of(described):
    """Computes the arrays of one case."""
    rng = fixture.draws(described["name"])
    shape, ids = tuple(described["shape"]), "vocabulary" in described
    x = rng.randint(0, described["vocabulary"], shape).astype(np.int32) if ids else fixture.normal(rng, shape)
    if "masked" in described:
        mask_steps(rng, x, described["masked"], described["layers"][0]["config"].get("mask_value", 0))
    model = keras.Sequential([keras.Input(batch_shape=(shape[0], *shape[1:]), dtype="int32" if ids else "float64")])
    for description in described["layers"]:
        model.add(fixture.layer_from(keras, description))
    weights = [fixture.normal(rng, w.shape, 0.5) for w in model.weights]
    if len(model.trainable_variables) != len(weights):
        raise SystemExit(f"{described['name']}: a weight is not trainable")

    def outputs(weights, x):
        # The other variables are seeds of dropout, unused.
        if "dropped" not in described:
            y = model.stateless_call(weights, model.non_trainable_variables, x)[0]
            return jnp.concatenate(y, axis=-1) if isinstance(y, (tuple, list)) else y  # Bidirectional without a merge
        zeros = zeros_of(described)
        random = dropout_rnn_cell.backend.random
        original = random.dropout
        random.dropout = lambda ones, rate, seed: ones * next(zeros)
        try:
            y = model.stateless_call(weights, model.non_trainable_variables, x, training=True)[0]
        finally:
            random.dropout = original
        if next(zeros, None) is not None:
            raise SystemExit(f"{described['name']}: Keras drops less than described")
        return y

    @jax.jit
    def both(weights, x, dy):
        if ids:
            y, pull = jax.vjp(lambda w: outputs(w, x), weights)
        else:
            y, pull = jax.vjp(outputs, weights, x)
        return y, pull(dy)

    exact = [jnp.asarray(w, "float64") for w in weights]
    shape = model.output_shape
    if isinstance(shape, list):  # of two outputs
        shape = (*shape[0][:-1], 2 * shape[0][-1])
    dy = fixture.normal(rng, shape)
    y, pulled = both(exact, jnp.asarray(x, x.dtype if ids else "float64"), jnp.asarray(dy, "float64"))
    if any(g.dtype != "float64" for g in (y, *pulled[0])):
        raise SystemExit(f"{described['name']}: not computed in float64")
    arrays = {"x": x, **fixture.numbered("w", weights), "y": y, "dy": dy, **fixture.numbered("dw", pulled[0])}
    return arrays if ids else arrays | {"dx": pulled[1]}


cases = [*recurrent_cases(), *bidirectional_cases(), *dense_cases(), *embedding_cases(), *stack_cases(), *masked_cases(), *small_cases(), *dropout_cases()]
for described in cases:
    fixture.write_arrays(out / f"{described['name']}.npz", arrays_of(described))
fixture.write_json(out / "cases.json", {
    "keras": keras.__version__,
    "precision": "computed by Keras in float64 from float32 x, weights and dy; y and gradients then rounded to float32",
    "arrays": "x; weights w0, w1, ...; y; dy; gradients of sum(y*dy): dw0, dw1, ... and dx (unless x holds ids)",
    "cases": cases,
})
print(f"{len(cases)} layer cases in {out}")
