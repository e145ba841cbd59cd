"""Training: one step, and three epochs of fit without shuffling, by Keras in float32.

Writes testdata/train/MODEL_OPTIMIZER.npz and cases.json. Data and first weights are those of
gradients.py. Arrays of a case: the weights s0, s1, ... after one step on the first batch; of fit the loss,
accuracy, val_loss and val_accuracy of each epoch; then the weights f0, f1, ..., the optimizer's variables
o0, o1, ... in the order of Keras' files, and the predictions p and val_p.
"""

import fixture
import models

out = fixture.root(__doc__) / "testdata/train"
keras = fixture.start("float32")

ids, y, val_ids, val_y = models.data()
cases = [(m, o) for m in models.MODELS for o in models.OPTIMIZERS if m == "lstm" or o in models.COMMON_OPTIMIZERS]

for name, optimizer in cases:
    x, val_x = (models.inputs(keras, name, i) for i in (ids, val_ids))
    stepped = models.compiled(keras, name, optimizer)
    stepped.train_on_batch(x[: models.BATCH], y[: models.BATCH])

    model = models.compiled(keras, name, optimizer)
    history = model.fit(
        x, y, batch_size=models.BATCH, epochs=models.EPOCHS, shuffle=False, validation_data=(val_x, val_y), verbose=0
    ).history
    fixture.write_arrays(out / f"{name}_{optimizer}.npz", {
        **fixture.numbered("s", stepped.get_weights()),
        **history,
        **fixture.numbered("f", model.get_weights()),
        **fixture.numbered("o", [v.numpy() for v in model.optimizer.variables]),
        "p": model.predict(x, verbose=0),
        "val_p": model.predict(val_x, verbose=0),
    })

fixture.write_json(out / "cases.json", {
    "keras": keras.__version__,
    "data": "data.npz: ids, y, val_ids, val_y; model one_hot takes ids as one-hot rows of length 20",
    "arrays_of_models": "in float64, rounded: weights w0, w1, ...; predictions p, val_p; of the first batch: loss, gradients g0, g1, ...",
    "arrays_of_cases": "in float32: weights s0, ... after one step; fit's loss, accuracy, val_loss, val_accuracy; "
    "weights f0, ..., optimizer variables o0, ... and predictions p, val_p after fit",
    "loss": "binary_crossentropy",
    "metrics": ["accuracy"],
    "batch_size": models.BATCH,
    "epochs": models.EPOCHS,
    "models": [{"name": n, "layers": layers} for n, layers in models.MODELS.items()],
    "cases": [{"name": f"{m}_{o}", "model": m, "optimizer": models.OPTIMIZERS[o]} for m, o in cases],
})
print(f"{len(cases)} training cases in {out}")
