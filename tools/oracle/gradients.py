"""Models: loss and gradients of one batch, in float64, rounded to float32 at the end.

Writes testdata/train/data.npz (ids, y, val_ids, val_y) and testdata/train/MODEL.npz: the first weights
w0, w1, ..., the predictions p and val_p they give, and of the first 32 samples the binary cross-entropy
loss and its gradients g0, g1, ...
"""

import fixture
import models

out = fixture.root(__doc__) / "testdata/train"
keras = fixture.start("float64")

import jax  # noqa: E402
import numpy as np  # noqa: E402

ids, y, val_ids, val_y = models.data()
fixture.write_arrays(out / "data.npz", {"ids": ids, "y": y, "val_ids": val_ids, "val_y": val_y})

for name in models.MODELS:
    model = models.build(keras, name)
    # The weights were drawn as float32, so that nothing is lost by writing them as that.
    weights = [w.value for w in model.trainable_variables]
    still = [v.value for v in model.non_trainable_variables]

    def predict(weights, ids):
        x = np.asarray(models.inputs(keras, name, ids), "int32" if name != models.ONE_HOT else "float64")
        return model.stateless_call(weights, still, x)[0]

    def loss(weights):
        target = y[: models.BATCH, None].astype("float64")
        return keras.losses.BinaryCrossentropy()(target, predict(weights, ids[: models.BATCH]))

    value, gradients = jax.jit(jax.value_and_grad(loss))(weights)
    if any(a.dtype != "float64" for a in (value, *gradients)):
        raise SystemExit(f"{name}: not computed in float64")
    fixture.write_arrays(out / f"{name}.npz", {
        **fixture.numbered("w", weights),
        "p": predict(weights, ids),
        "val_p": predict(weights, val_ids),
        "loss": value,
        **fixture.numbered("g", gradients),
    })
print(f"{len(models.MODELS)} models in {out}")
