"""Model files of Keras 2: saved by tf-keras, beside an .npz of what tf-keras computes with each.

Needs the packages of requirements-tf.txt, in an environment of their own. Writes keras/testdata/keras2/NAME.h5 (or
.keras, .weights.h5), NAME.npz and cases.json. Arrays: the input x and the prediction y; of a compiled model also the
targets t and the weights n0, n1, ... in model order after ONE further step on all of (x, t). A case whose optimizer's
state cannot be told for sure has "fresh"; one that is refused says why under "refuse"; one that holds weights alone
names under "like" the case whose model they fit.

tf-keras is the last Keras 2. What older ones wrote otherwise is made from its files by the rules of their sources:
see old_layout, old_names, fixed_strings and split_names.
"""

import io
import json
import os
import re
import shutil
import warnings
import zipfile

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "TF_USE_LEGACY_KERAS": "1"}
warnings.simplefilter("ignore")

import h5py  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras as keras  # noqa: E402
from tf_keras.src.layers.rnn import cudnn_gru, cudnn_lstm  # noqa: E402

import fixture  # noqa: E402

out = fixture.root(__doc__) / "keras/testdata/keras2"
layers, optimizers, legacy = keras.layers, keras.optimizers, keras.optimizers.legacy
WORDS, STEPS, WIDTH = 20, 9, 3


def sigmoid():
    return layers.Dense(1, activation="sigmoid")


def words(*middle, **config):
    return keras.Sequential([layers.Embedding(WORDS, 4, input_length=STEPS, **config), *middle, sigmoid()])


def features(*middle):
    return keras.Sequential([keras.Input((STEPS, WIDTH)), *middle, sigmoid()])


def compiled(model, optimizer, **config):
    model.compile(**{"optimizer": optimizer, "loss": "binary_crossentropy", "metrics": ["accuracy"]} | config)
    return model


def functional():
    x = keras.Input((STEPS,), dtype="int32")
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(layers.Embedding(WORDS, 4)(x))
    return keras.Model(x, sigmoid()(layers.GRU(2)(y)))


def functional_masked():
    x = keras.Input((STEPS,), dtype="int32")
    y = layers.LSTM(3, return_sequences=True)(layers.Embedding(WORDS, 4, mask_zero=True)(x))
    return keras.Model(x, sigmoid()(layers.GRU(2)(layers.Dropout(0.2)(y))))


def branched():
    x = keras.Input((STEPS, WIDTH))
    return keras.Model(x, sigmoid()(layers.Concatenate()([layers.LSTM(2)(x), layers.GRU(2)(x)])))


def cudnn(layer, **config):
    # On a processor the layer can be built and saved, not run: what it computes is computed by the layer that takes its weights.
    return features(layer(4, return_sequences=True, **config), layer(3))


# By name: the model, then what is done with its file.
MAKE = {
    "lstm_hard": lambda: compiled(words(layers.LSTM(5, recurrent_activation="hard_sigmoid")), optimizers.Adam(0.01)),
    "gru_hard": lambda: words(layers.GRU(4, recurrent_activation="hard_sigmoid", reset_after=False)),
    "gru_after_hard": lambda: words(layers.GRU(4, activation="hard_sigmoid", recurrent_activation="hard_sigmoid")),
    "rnn_hard": lambda: features(layers.SimpleRNN(4, activation="hard_sigmoid"), layers.Dense(3, "hard_sigmoid")),
    "bidirectional": lambda: words(layers.Bidirectional(layers.LSTM(3, return_sequences=True)), layers.Dropout(0.2),
                                   layers.Bidirectional(layers.GRU(2, implementation=1), merge_mode="ave")),
    "masked": lambda: words(layers.GRU(3, return_sequences=True), layers.TimeDistributed(layers.Dense(2, "relu")), layers.LSTM(2), mask_zero=True),
    "masking": lambda: compiled(features(layers.Masking(0.5), layers.LSTM(3, kernel_regularizer="l2", bias_constraint="non_neg")), optimizers.Adam(0.01)),
    "functional": functional,
    "functional_masked": functional_masked,
    "branched": branched,
    "adam": lambda: compiled(features(layers.LSTM(4)), optimizers.Adam(0.01)),
    "adam_amsgrad": lambda: compiled(features(layers.LSTM(4)), optimizers.Adam(0.01, amsgrad=True)),
    "rmsprop": lambda: compiled(features(layers.GRU(4)), optimizers.RMSprop(0.01, momentum=0.5, centered=True)),
    "sgd": lambda: compiled(features(layers.SimpleRNN(4)), optimizers.SGD(0.1)),
    "sgd_momentum": lambda: compiled(features(layers.SimpleRNN(4)), optimizers.SGD(0.1, momentum=0.9, nesterov=True)),
    "legacy_adam": lambda: compiled(features(layers.Bidirectional(layers.LSTM(3))), legacy.Adam(0.01, amsgrad=True)),
    "legacy_rmsprop": lambda: compiled(features(layers.GRU(4, return_sequences=True), layers.GRU(3)), legacy.RMSprop(0.01, momentum=0.5, centered=True)),
    "legacy_sgd": lambda: compiled(features(layers.SimpleRNN(4)), legacy.SGD(0.1, momentum=0.9)),
    "losses": lambda: compiled(features(layers.LSTM(2)), legacy.SGD(0.1), loss=keras.losses.BinaryCrossentropy(label_smoothing=0.25),
                               metrics=[keras.metrics.BinaryAccuracy(name="right", threshold=0.25), "binary_accuracy"]),
    "time_major": lambda: features(layers.LSTM(4, time_major=True, return_sequences=True), layers.LSTM(2)),
    "cudnn_lstm": lambda: cudnn(cudnn_lstm.CuDNNLSTM),
    "cudnn_gru": lambda: cudnn(cudnn_gru.CuDNNGRU),
    "cudnn_bidirectional": lambda: features(layers.Bidirectional(cudnn_lstm.CuDNNLSTM(3, unit_forget_bias=False)), ),
}
REFUSE = {"time_major": "time_major", "branched": "two branches"}


def draw_weights(model, name):
    rng = fixture.draws(f"keras2 {name}")
    model.set_weights([fixture.normal(rng, w.shape, 0.4) for w in model.get_weights()])


def runnable(model, file):
    """Returns the same model without layers on CuDNN, and has tf-keras convert their weights."""
    if not any("CuDNN" in type(getattr(layer, "layer", layer)).__name__ for layer in model.layers):
        return model
    config = json.loads(json.dumps(model.get_config()).replace("CuDNN", ""))
    other = keras.Sequential.from_config(config)
    other.load_weights(file)
    return other


def write(name, make):
    keras.utils.set_random_seed(1)
    keras.backend.clear_session()
    model, rng = make(), fixture.draws(f"keras2 {name} data")
    draw_weights(model, name)
    if len(model.input_shape) == 3:
        x = fixture.normal(rng, (6, STEPS, WIDTH))
    else:
        x = rng.randint(0, WORDS, (6, STEPS)).astype(np.int32)
    t = rng.randint(0, 2, (6, 1)).astype(np.int32)
    if model.optimizer:
        model.train_on_batch(x[:4], t[:4])
    file = out / f"{name}.h5"
    model.save(file)
    model = runnable(model, file)
    arrays = {"x": x, "y": model.predict(x, verbose=0)}
    both = isinstance(model.optimizer, optimizers.Optimizer)  # the others are saved in .h5 files alone
    case = {"file": file.name, "arrays": name, "keras": keras.__version__}
    if name in REFUSE:
        case["refuse"] = REFUSE[name]
    # An embedding's gradient is sparse on TensorFlow, which not every optimizer takes as it takes a dense one.
    if model.optimizer:
        case["compiled"] = True
        if both:
            model.save(out / f"{name}.keras")
            model.save_weights(out / f"{name}.weights.h5")
            still(out / f"{name}.keras")
        if len(x.shape) == 3:
            model.train_on_batch(x, t)
            arrays |= {"t": t, **fixture.numbered("n", model.get_weights())}
            arrays["iterations"] = np.asarray(model.optimizer.iterations.numpy())
    fixture.write_arrays(out / f"{name}.npz", arrays)
    cases = [case]
    if both:
        cases.append(case | {"file": f"{name}.keras"})
        cases.append(case | {"file": f"{name}.weights.h5", "like": f"{name}.h5"})
    return cases


def still(path):
    """Makes what differs from run to run in a .keras file the same: dates, and ids that are memory addresses."""
    data = path.read_bytes()
    ids = {}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.infolist():
            data = old.read(member)
            if member.filename == "metadata.json":
                data = re.sub(rb'("date_saved": )"[^"]*"', rb'\1"2026-01-01@00:00:00"', data)
            if member.filename == "config.json":
                data = re.sub(rb'("shared_object_id": )(\d+)', lambda m: m[1] + b"%d" % ids.setdefault(m[2], len(ids) + 1), data)
            member.date_time = (1980, 1, 1, 0, 0, 0)
            new.writestr(member, data)


def old_layout(source, to):
    """Makes of a .keras file one of Keras 2.13, whose saving_lib had _layer_checkpoint_dependencies for layers."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(to, "w") as new:
        for member in old.infolist():
            data = old.read(member)
            if member.filename == "metadata.json":
                data = data.replace(keras.__version__.encode(), b"2.13.1")
            if member.filename == "model.weights.h5":
                memory = io.BytesIO(data)
                with h5py.File(memory, "r+") as file:
                    file.move("layers", "_layer_checkpoint_dependencies")
                data = memory.getvalue()
            new.writestr(member, data)


def rewrite(source, to, attribute):
    """Copies an HDF5 file, and writes its attributes anew: attribute(group, name, value)."""
    with h5py.File(source) as old, h5py.File(to, "w") as new:
        def copy(path, item):
            if isinstance(item, h5py.Dataset):
                new.create_dataset(path, data=item[()])
                return
            group = new.require_group(path)
            for name, value in item.attrs.items():
                attribute(group, name, value)

        copy("/", old["/"])
        old.visititems(copy)


def plain(group, name, value):
    group.attrs[name] = value


def encoded(value):
    return [v if isinstance(v, bytes) else v.encode() for v in value]


def fixed_strings(group, name, value):
    """Writes strings as h5py 2 did, of a fixed length."""
    if isinstance(value, str):
        group.attrs[name] = np.bytes_(value)
    elif len(value):
        group.attrs[name] = np.array(encoded(value))
    else:
        group.attrs[name] = value


def split_names(group, name, value):
    """Divides lists of names as Keras does where they are too long for one attribute."""
    if name in ("layer_names", "weight_names") and len(value) > 1:
        for i, part in enumerate(np.array_split(np.array(encoded(value)), 2)):
            group.attrs[f"{name}{i}"] = part
    else:
        group.attrs[name] = value


def old_names(source, to):
    """Makes a file as Keras 2.1 wrote it: layers without a folder for the cell, and the configuration of that time."""
    with h5py.File(source) as old, h5py.File(to, "w") as new:
        config = json.loads(old.attrs["model_config"])
        for key in ("keras_version", "backend"):
            new.attrs[key] = np.bytes_({"keras_version": "2.1.6", "backend": "tensorflow"}[key])
        for layer in config["config"]["layers"]:
            c = layer["config"]
            c.pop("time_major", None)
            c.pop("reset_after", None)
            for key in c:
                if key.endswith("_initializer") and c[key]["class_name"] == "GlorotUniform":
                    c[key] = {"class_name": "VarianceScaling", "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}}
        del config["config"]["layers"][0]  # the InputLayer
        config["config"] = config["config"]["layers"]
        new.attrs["model_config"] = np.bytes_(json.dumps(config))
        new.attrs["training_config"] = np.bytes_(json.dumps({
            "optimizer_config": {"class_name": "RMSprop", "config": {"lr": 0.0005, "rho": 0.8, "decay": 0.0, "epsilon": 1e-07}},
            "loss": "binary_crossentropy", "metrics": ["acc"], "sample_weight_mode": None, "loss_weights": None}))
        weights = new.create_group("model_weights")
        weights.attrs["layer_names"] = np.array(encoded(old["model_weights"].attrs["layer_names"]))
        for layer in old["model_weights"].attrs["layer_names"]:
            group, names = weights.create_group(layer), []
            for name in old["model_weights"][layer].attrs["weight_names"]:
                names.append(f"{layer}/{name.split('/')[-1]}")
                group.create_dataset(names[-1], data=old["model_weights"][layer][name][()])
            group.attrs["weight_names"] = np.array(encoded(names))
        state = new.create_group("optimizer_weights")
        state.attrs["weight_names"] = np.array([b"RMSprop/iterations:0", b"training/RMSprop/Variable:0"])
        state.create_dataset("RMSprop/iterations:0", data=np.int64(7))
        state.create_dataset("training/RMSprop/Variable:0", data=np.zeros((20, 4), np.float32))


def main():
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    cases = [case for name, make in MAKE.items() for case in write(name, make)]
    old_layout(out / "adam.keras", out / "layout_2_13.keras")
    cases.append({"file": "layout_2_13.keras", "arrays": "adam", "keras": "2.13.1", "compiled": True})
    rewrite(out / "legacy_adam.h5", out / "fixed_strings.h5", fixed_strings)
    cases.append({"file": "fixed_strings.h5", "arrays": "legacy_adam", "keras": keras.__version__, "compiled": True})
    rewrite(out / "legacy_rmsprop.h5", out / "split_names.h5", split_names)
    cases.append({"file": "split_names.h5", "arrays": "legacy_rmsprop", "keras": keras.__version__, "compiled": True})
    old_names(out / "gru_hard.h5", out / "keras_2_1.h5")
    cases.append({"file": "keras_2_1.h5", "arrays": "gru_hard", "keras": "2.1.6", "compiled": True, "fresh": True})
    # Weights alone, in the form of the whole.
    keras.models.load_model(out / "bidirectional.h5").save_weights(out / "weights_alone.h5")
    cases.append({"file": "weights_alone.h5", "arrays": "bidirectional", "keras": keras.__version__, "like": "bidirectional.h5"})
    fixture.write_json(out / "cases.json", {"cases": cases})
    print(f"{len(cases)} files of Keras 2 in {out}")


if __name__ == "__main__":
    main()
