"""Callbacks: what Keras' callbacks do when fed scripted logs.

Writes callback/testdata/callbacks.json (EarlyStopping, ModelCheckpoint, TerminateOnNaN), csv.json (CSVLogger) and
rates.json (ReduceLROnPlateau, LearningRateScheduler); and the folder backup, as BackupAndRestore leaves it, with backup.json.
A case has one or more fits of the same callback object; a fit is a list of the logs of its epochs. The model's
one weight is the number of the epoch, from 1, when an epoch ends; so that its value after the fit tells which
epoch's weights are left.
"""

import contextlib
import io
import math
import pathlib
import tempfile
import warnings

import fixture

out = fixture.root(__doc__) / "callback/testdata"
keras = fixture.start("float32")

import numpy as np  # noqa: E402

NAN = float("nan")
FALLING = [0.9, 0.7, 0.6, 0.5]
PLATEAU = [0.9, 0.7, 0.8, 0.75, 0.7, 0.72, 0.6, 0.65, 0.66, 0.67]
RISING = [0.5, 0.6, 0.55, 0.7, 0.65, 0.6, 0.7, 0.71]


def losses(values):
    return [{"accuracy": 0.5, "loss": 1.0, "val_accuracy": 0.5, "val_loss": v} for v in values]


def accuracies(values):
    return [{"accuracy": 0.5, "loss": 1.0, "val_accuracy": v, "val_loss": 1.0} for v in values]


def stopping(name, logs, *more, **config):
    return {"name": name, "callback": "EarlyStopping", "config": {"verbose": 1} | config, "fits": [logs, *more]}


def checkpoint(name, logs, *more, filepath="m.keras", **config):
    return {"name": name, "callback": "ModelCheckpoint", "config": {"filepath": filepath, "verbose": 1} | config, "fits": [logs, *more]}


STOPPING = [
    *(stopping(f"patience_{p}", losses(PLATEAU), patience=p) for p in (0, 1, 3)),
    *(stopping(f"patience_{p}_restore", losses(PLATEAU), patience=p, restore_best_weights=True) for p in (0, 1, 3)),
    stopping("patience_3_restore_silent", losses(PLATEAU), patience=3, restore_best_weights=True, verbose=0),
    stopping("falls_to_the_end_restore", losses(FALLING), patience=2, restore_best_weights=True),
    stopping("not_stopped_restore", losses(FALLING + [0.8]), patience=2, restore_best_weights=True),
    stopping("first_is_best", losses([0.5, 0.6, 0.7, 0.8]), patience=2, restore_best_weights=True),
    stopping("one_epoch", losses([0.5]), restore_best_weights=True),
    stopping("equal_is_no_improvement", losses([0.5, 0.5, 0.5, 0.5]), patience=2, restore_best_weights=True),
    stopping("min_delta", losses([0.9, 0.85, 0.75, 0.7, 0.66, 0.61, 0.55]), patience=2, min_delta=0.1, restore_best_weights=True),
    stopping("min_delta_negative", losses([0.9, 0.85, 0.75, 0.7, 0.66, 0.61, 0.55]), patience=2, min_delta=-0.1, restore_best_weights=True),
    stopping("min_delta_max", accuracies(RISING), monitor="val_accuracy", patience=2, min_delta=0.07, restore_best_weights=True),
    stopping("baseline_never_met", losses([0.9, 0.8, 0.7, 0.6, 0.55]), patience=3, baseline=0.5, restore_best_weights=True),
    stopping("baseline_met", losses([0.9, 0.8, 0.45, 0.6, 0.55, 0.44, 0.5, 0.5, 0.5]), patience=3, baseline=0.5, restore_best_weights=True),
    stopping("baseline_met_then_between", losses([0.45, 0.6, 0.55, 0.54, 0.4]), patience=3, baseline=0.5),
    stopping("start_from_epoch", losses([0.1, 0.2, 0.3, 0.9, 0.8, 0.85, 0.9, 0.7]), patience=2, start_from_epoch=3, restore_best_weights=True),
    stopping("start_from_epoch_never", losses(FALLING), patience=1, start_from_epoch=10, restore_best_weights=True),
    stopping("mode_max", losses(RISING), patience=2, mode="max", restore_best_weights=True),
    stopping("mode_auto_accuracy", accuracies(RISING), monitor="val_accuracy", patience=2, restore_best_weights=True),
    stopping("monitor_loss", [{"loss": v} for v in PLATEAU], monitor="loss", patience=2, restore_best_weights=True),
    stopping("monitor_missing", [{"loss": v} for v in FALLING], patience=1, restore_best_weights=True),
    stopping("monitor_unknown", losses(FALLING), monitor="f_score"),
    stopping("monitor_missing_once", losses([0.5]) + [{"loss": 1.0}] + losses([0.6, 0.7]), patience=1),
    stopping("nan_later", losses([0.9, NAN, 0.8, NAN, NAN, NAN]), patience=2, restore_best_weights=True),
    stopping("nan_first", losses([NAN, 0.8, 0.7, 0.6]), patience=2, restore_best_weights=True),
    stopping("two_fits", losses([0.5, 0.6, 0.7]), losses([0.9, 0.95, 0.8, 0.9, 0.9, 0.9]), patience=2, restore_best_weights=True),
]

CHECKPOINT = [
    checkpoint("every_epoch", losses(FALLING), filepath="m-{epoch}.keras"),
    checkpoint("best_only", losses(PLATEAU), save_best_only=True),
    checkpoint("best_only_silent", losses(PLATEAU), save_best_only=True, verbose=0),
    checkpoint("best_only_path", losses(PLATEAU), save_best_only=True, filepath="best/{epoch:02d}-{val_loss:.2f}.keras"),
    checkpoint("best_only_accuracy", accuracies(RISING), save_best_only=True, monitor="val_accuracy", filepath="{epoch:03d}_{val_accuracy:.4f}.keras"),
    checkpoint("best_only_mode_max", losses(RISING), save_best_only=True, mode="max"),
    checkpoint("best_only_equal", losses([0.5, 0.5, 0.4]), save_best_only=True),
    checkpoint("best_only_nan_first", losses([NAN, 0.5]), save_best_only=True),
    checkpoint("best_only_nan_later", losses([0.9, NAN, 0.8]), save_best_only=True),
    checkpoint("best_only_monitor_missing", [{"loss": v} for v in FALLING], save_best_only=True),
    checkpoint("best_only_monitor_unknown", losses(FALLING), save_best_only=True, monitor="f_score"),
    checkpoint("best_only_two_fits", losses([0.5, 0.6]), losses([0.55, 0.45]), save_best_only=True),
    checkpoint("best_only_threshold", losses([0.9, 0.7, 0.5, 0.4]), save_best_only=True, initial_value_threshold=0.6),
    checkpoint("path_with_unknown_key", losses(FALLING), filepath="{f_score}.keras"),
    checkpoint("path_ending", losses(FALLING), filepath="m.bin"),
]


def model():
    """Makes a compiled model of one weight that has seen a batch, so that Keras knows its metrics."""
    made = keras.Sequential([keras.Input(shape=(1,)), keras.layers.Dense(1, use_bias=False)])
    made.compile(loss="binary_crossentropy", metrics=["accuracy"])
    made.train_on_batch(np.zeros((1, 1)), np.zeros((1, 1)))
    return made


def fit(callback, trained, epochs, saved):
    """Calls callback as fit would and returns what it did."""
    trained.stop_training = False
    trained.set_weights([np.zeros((1, 1))])
    callback.on_train_begin()
    done, error = 0, None
    try:
        for epoch, logs in enumerate(epochs):
            callback.on_epoch_begin(epoch)
            trained.set_weights([np.full((1, 1), epoch + 1.0)])
            callback.on_epoch_end(epoch, dict(logs))
            done += 1
            if trained.stop_training:
                break
        callback.on_train_end()
    except (ValueError, KeyError) as e:
        error = f"{type(e).__name__}: {e.args[0]}"
    did = {"epochs": done, "stopped": bool(trained.stop_training), "weights_of_epoch": int(trained.get_weights()[0].item())}
    if isinstance(callback, keras.callbacks.ModelCheckpoint):
        did["saved"] = saved[:]
        saved.clear()
    return did | ({"error": error} if error else {})


def run(case):
    """Returns the case with what Keras did."""
    trained, saved = model(), []

    def save(path, overwrite):
        saved.append({"epoch": int(trained.get_weights()[0].item()), "path": path})

    trained.save = save
    did, printed = [], io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                callback = getattr(keras.callbacks, case["callback"])(**case["config"])
                callback.set_model(trained)
                did = [fit(callback, trained, logs, saved) for logs in case["fits"]]
            except ValueError as e:
                did = [{"epochs": 0, "error": f"ValueError: {e.args[0]}"}]
    return case | {"did": did, "printed": printed.getvalue(), "warnings": sorted({str(w.message) for w in warned if w.category is UserWarning})}


def terminate(batches):
    """Returns after how many batches of the given losses TerminateOnNaN stops, and what it prints."""
    trained, printed = model(), io.StringIO()
    trained.stop_training = False
    callback = keras.callbacks.TerminateOnNaN()
    callback.set_model(trained)
    done = 0
    with contextlib.redirect_stdout(printed):
        for batch, loss in enumerate(batches):
            callback.on_train_batch_end(batch, {"loss": loss})
            done += 1
            if trained.stop_training:
                break
    return {"losses": batches, "batches": done, "stopped": bool(trained.stop_training), "printed": printed.getvalue()}


# float32 values as fit logs them: Python floats that print with the digits of a double.
MANY = [0.6918665170669556, 1.1920928955078125e-07, 16.118095397949219, 1.0, 123456792.0, 9.999999843067494e-09, 9.999999747378752e-05, 1e16, 0.0, -0.5, NAN, math.inf]
CSV = [
    {"name": "validation", "config": {}, "fits": [losses([0.5, 0.25])]},
    {"name": "numbers", "config": {}, "fits": [[{"loss": v, "val_loss": v} for v in MANY]]},
    {"name": "no_validation", "config": {}, "fits": [[{"loss": 0.5, "accuracy": 0.75}, {"loss": 0.25, "accuracy": 1.0}]]},
    {"name": "separator", "config": {"separator": ";"}, "fits": [losses([0.5])]},
    {"name": "learning_rate", "config": {}, "fits": [[{"val_loss": 0.5, "loss": 0.25, "learning_rate": 0.0010000000474974513}]]},
    {"name": "missing_later", "config": {}, "fits": [[{"loss": 0.5, "val_loss": 0.5}, {"loss": 0.25}]]},
    {"name": "two_fits", "config": {}, "fits": [losses([0.5]), losses([0.25])]},
    {"name": "two_fits_append", "config": {"append": True}, "fits": [losses([0.5]), losses([0.25])]},
    {"name": "append_to_rows", "config": {"append": True}, "before": "epoch,loss\r\n0,1.0\r\n", "fits": [losses([0.5])]},
    {"name": "append_to_empty", "config": {"append": True}, "before": "", "fits": [losses([0.5])]},
]


def csv(case):
    """Returns the case with the text of the file that CSVLogger leaves."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "log.csv"
        if "before" in case:
            path.write_bytes(case["before"].encode())
        callback = keras.callbacks.CSVLogger(path, **case["config"])
        callback.set_model(None)
        for epochs in case["fits"]:
            callback.on_train_begin()
            for epoch, logs in enumerate(epochs):
                callback.on_epoch_end(epoch, dict(logs))
            callback.on_train_end()
        return case | {"file": path.read_bytes().decode()}


def plateau(name, logs, *more, rate=0.1, **config):
    return {"name": name, "callback": "ReduceLROnPlateau", "rate": rate, "config": {"verbose": 1} | config, "fits": [logs, *more]}


# The schedules, which the test spells out too.
SCHEDULES = {
    "times_0.9": lambda epoch, rate: rate * 0.9,
    "halved_each_2": lambda epoch, rate: 0.3 * 0.5 ** (epoch // 2),
    "from_epoch_2": lambda epoch, rate: rate if epoch < 2 else 1e-5,
    "to_zero": lambda epoch, rate: 0.0,
}


def scheduled(name, epochs=4, rate=0.1, **config):
    return {"name": name, "callback": "LearningRateScheduler", "rate": rate, "config": {"schedule": name, "verbose": 1} | config, "fits": [losses([0.5] * epochs)]}


FLAT = [0.9, 0.7, 0.8, 0.75, 0.7, 0.72, 0.69995, 0.65, 0.66, 0.67, 0.68, 0.69, 0.7, 0.71, 0.72]
RATES = [
    *(plateau(f"patience_{p}", losses(FLAT), patience=p) for p in (1, 2, 3)),
    plateau("defaults", losses([0.5] * 25)),
    plateau("silent", losses(FLAT), patience=2, verbose=0),
    plateau("factor", losses(FLAT), patience=2, factor=0.3),
    plateau("cooldown_1", losses(FLAT), patience=1, factor=0.5, cooldown=1),
    plateau("cooldown_3", losses(FLAT), patience=2, factor=0.5, cooldown=3),
    plateau("cooldown_improves", losses([0.5, 0.6, 0.4, 0.41, 0.42, 0.3, 0.4]), patience=1, factor=0.5, cooldown=2),
    plateau("min_lr", losses(FLAT), patience=1, factor=0.5, min_lr=0.02),
    plateau("min_lr_above", losses(FLAT), patience=1, min_lr=0.5),
    plateau("min_lr_rounded", losses(FLAT), patience=1, min_lr=0.1),
    plateau("min_delta", losses([0.9, 0.85, 0.75, 0.7, 0.66, 0.61, 0.55]), patience=2, min_delta=0.1),
    plateau("min_delta_default", losses([0.5, 0.49995, 0.4999, 0.49985]), patience=1),
    plateau("min_delta_none", losses([0.5, 0.49999, 0.49998, 0.49998]), patience=1, min_delta=0),
    plateau("mode_max", losses(RISING), patience=2, mode="max"),
    plateau("mode_auto_accuracy", accuracies(RISING), monitor="val_accuracy", patience=2),
    plateau("monitor_loss", [{"loss": v} for v in FLAT], monitor="loss", patience=2),
    plateau("monitor_missing", [{"loss": v} for v in FALLING], patience=1),
    plateau("monitor_missing_once", losses([0.5, 0.6]) + [{"loss": 1.0}] + losses([0.6, 0.7]), patience=2),
    plateau("monitor_unknown", losses(FALLING), monitor="f_score"),
    plateau("nan_first", losses([NAN, 0.8, 0.7, 0.6, 0.5]), patience=2),
    plateau("nan_later", losses([0.9, NAN, 0.8, NAN, NAN, NAN]), patience=2),
    plateau("first_epoch", losses([0.5]), patience=1),
    plateau("small_rate", losses([0.5] * 6), patience=1, rate=1e-4),
    plateau("two_fits", losses([0.5, 0.6, 0.7]), losses([0.9, 0.95, 0.96, 0.9]), patience=2),
    plateau("factor_1", losses(FLAT), factor=1.0),
    plateau("schedule", losses([0.5] * 3), patience=1, rate="schedule"),
    *(scheduled(name) for name in SCHEDULES),
    scheduled("times_0.9", verbose=0),
    scheduled("times_0.9", rate="schedule"),
]


def rates(case):
    """Returns the case with the learning rates: those that the callback logs and those after each epoch."""
    trained, printed, did = model(), io.StringIO(), []
    rate = case["rate"]
    if rate == "schedule":
        rate = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    trained.optimizer = keras.optimizers.SGD(rate)
    config = dict(case["config"])
    if "schedule" in config:
        config["schedule"] = SCHEDULES[config["schedule"]]
    with contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            callback = getattr(keras.callbacks, case["callback"])(**config)
            callback.set_model(trained)
            for epochs in case["fits"]:
                did.append({"logged": [], "after": []})
                callback.on_train_begin()
                for epoch, logs in enumerate(epochs):
                    logs = dict(logs)
                    callback.on_epoch_begin(epoch)
                    callback.on_epoch_end(epoch, logs)
                    did[-1]["logged"].append(logs["learning_rate"])
                    did[-1]["after"].append(float(trained.optimizer.learning_rate))
                callback.on_train_end()
        except (ValueError, TypeError) as e:
            did = [{"error": f"{type(e).__name__}: {e.args[0]}"}]
    return case | {"did": did, "printed": printed.getvalue(), "warnings": sorted({str(w.message) for w in warned if w.category is UserWarning})}


def backup(folder):
    """Leaves the files of BackupAndRestore after three epochs in folder and returns the weights and the optimizer's iterations."""
    rng = fixture.draws("backup")
    trained = keras.Sequential([keras.Input(shape=(2,)), keras.layers.Dense(1, activation="sigmoid")])
    trained.set_weights([fixture.normal(rng, (2, 1)), fixture.normal(rng, (1,))])
    trained.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    x, y = fixture.normal(rng, (20, 2)), rng.randint(0, 2, 20)
    keep = keras.callbacks.BackupAndRestore(folder, delete_checkpoint=False)
    trained.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0, callbacks=[keep])
    return {"keras": keras.__version__, "iterations": int(trained.optimizer.iterations), "weights": [w.flatten().tolist() for w in trained.get_weights()]}


def plain(value):
    """Returns value as strict JSON has it: numbers that are none become "NaN" and "Infinity"."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


cases = [run(c) for c in STOPPING + CHECKPOINT]
batches = [[0.5, 0.4], [0.5, NAN, 0.4], [math.inf, 0.4], [0.5, 0.4, -math.inf]]
fixture.write_json(out / "callbacks.json", plain({
    "keras": keras.__version__,
    "cases": cases,
    "terminate_on_nan": [terminate(b) for b in batches],
}))
fixture.write_json(out / "csv.json", plain({"keras": keras.__version__, "cases": [csv(c) for c in CSV]}))
fixture.write_json(out / "rates.json", plain({"keras": keras.__version__, "cases": [rates(c) for c in RATES]}))
fixture.write_json(out / "backup.json", backup(out / "backup"))
print(f"{len(RATES) + len(cases) + len(batches) + len(CSV)} callback cases in {out}")
