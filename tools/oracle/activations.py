"""Activations: values and derivatives, in float64, rounded to float32 at the end.

Writes activation/testdata/activations.npz: x, and of each activation the values y_NAME and the derivatives
d_NAME there. x holds the points where pieces meet, such as 0, 3 and 6; there JAX' choice of derivative is one
of several, and the array kinks marks it with a 1.
"""

import fixture

out = fixture.root(__doc__) / "activation/testdata"
keras = fixture.start("float64")

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

NAMES = (
    "linear tanh sigmoid hard_sigmoid relu relu6 leaky_relu elu selu softplus softsign exponential silu gelu keras2_hard_sigmoid"
).split()
KINKS = [-3, -2.5, 0, 2.5, 3, 6]


def keras2_hard_sigmoid(x):
    """What Keras 2 calls hard_sigmoid: the formula of tf_keras.backend.hard_sigmoid."""
    return jnp.clip(0.2 * x + 0.5, 0.0, 1.0)


grid = np.arange(-64, 65) / 8
far = [1e-30, 1e-10, 1e-6, 1e-4, 1e-2, 9, 10, 12, 15, 17, 20, 30, 50, 80]
x = np.sort(np.concatenate([grid, far, np.negative(far)])).astype(np.float32)

arrays = {"x": x, "kinks": np.isin(x, KINKS).astype(np.int32)}
for name in NAMES:
    function = keras2_hard_sigmoid if name == "keras2_hard_sigmoid" else keras.activations.get(name)
    values, slopes = jax.jit(jax.vmap(jax.value_and_grad(function)))(jnp.asarray(x, "float64"))
    if values.dtype != "float64" or slopes.dtype != "float64":
        raise SystemExit(f"{name}: not computed in float64")
    arrays |= {f"y_{name}": values, f"d_{name}": slopes}
fixture.write_arrays(out / "activations.npz", arrays)
print(f"{len(NAMES)} activations at {len(x)} points in {out}")
