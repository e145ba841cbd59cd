"""Optimizers and learning-rate schedules: steps on given gradients by Keras in float32.

Writes optimizer/testdata/optimizers.npz and cases.json. w and g are the first weights and each step's gradients
of two variables, of shapes (2, 3) and (3,), laid end to end. Arrays of a case: NAME_w, the weights after each
step; NAME_f, what Keras' fit leaves at its end; NAME_o, the optimizer's variables after each step in the order of
Keras' files, end to end, without the iteration and the learning rate. Of a schedule: NAME_r, the rates at steps.
"""

import fixture

out = fixture.root(__doc__) / "optimizer/testdata"
keras = fixture.start("float32")

import numpy as np  # noqa: E402

SHAPES, STEPS = [(2, 3), (3,)], 6

SCHEDULES = {
    "exponential": ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9}),
    "exponential_stairs": ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5, "staircase": True}),
    "inverse_time": ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5}),
    "inverse_time_stairs": ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5, "staircase": True}),
    "piecewise": ("PiecewiseConstantDecay", {"boundaries": [2, 30, 31], "values": [0.1, 0.05, 0.02, 0.01]}),
    "piecewise_one": ("PiecewiseConstantDecay", {"boundaries": [3], "values": [0.1, 0.05]}),
    "polynomial": ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 60}),
    "polynomial_root": ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 60, "end_learning_rate": 0.02, "power": 0.5}),
    "polynomial_zero": ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 40, "end_learning_rate": 0.0, "power": 2.0}),
    "polynomial_cycle": ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "power": 1.5, "cycle": True}),
    "cosine": ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 60}),
    "cosine_alpha": ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 45, "alpha": 0.1}),
    "cosine_warmup": (
        "CosineDecay",
        {"initial_learning_rate": 0.0, "decay_steps": 50, "alpha": 0.01, "warmup_target": 0.1, "warmup_steps": 10},
    ),
    "restarts": ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 10}),
    "restarts_even": ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 8, "t_mul": 1.0, "m_mul": 0.5, "alpha": 0.01}),
    "restarts_long": ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5, "t_mul": 1.5, "m_mul": 0.8, "alpha": 0.05}),
}
AT = [*range(75), 100, 101, 310, 1000, 12345, 1_000_000]

CLASSES = {
    "SGD": {"learning_rate": 0.1, "momentum": 0.9},
    "RMSprop": {"learning_rate": 0.01},
    "Adam": {"learning_rate": 0.05},
    "AdamW": {"learning_rate": 0.05},
    "Adagrad": {"learning_rate": 0.1},
    "Adadelta": {"learning_rate": 1.0},
    "Adamax": {"learning_rate": 0.05},
    "Nadam": {"learning_rate": 0.05},
    "Lion": {"learning_rate": 0.01},
    "Ftrl": {"learning_rate": 0.1},
}
MORE = {
    "sgd_plain": ("SGD", {"learning_rate": 0.1}),
    "sgd_nesterov": ("SGD", {"learning_rate": 0.1, "momentum": 0.5, "nesterov": True}),
    "rmsprop_all": ("RMSprop", {"learning_rate": 0.01, "rho": 0.5, "momentum": 0.9, "epsilon": 1e-3, "centered": True}),
    "adam_amsgrad": ("Adam", {"learning_rate": 0.05, "beta_1": 0.7, "beta_2": 0.8, "epsilon": 1e-3, "amsgrad": True}),
    "adamw_amsgrad": ("AdamW", {"learning_rate": 0.05, "weight_decay": 0.3, "amsgrad": True}),
    "adagrad_all": ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.5, "epsilon": 1e-2}),
    "adadelta_all": ("Adadelta", {"learning_rate": 0.5, "rho": 0.6, "epsilon": 1e-3}),
    "adamax_all": ("Adamax", {"learning_rate": 0.05, "beta_1": 0.6, "beta_2": 0.7, "epsilon": 1e-2}),
    "nadam_all": ("Nadam", {"learning_rate": 0.05, "beta_1": 0.6, "beta_2": 0.7, "epsilon": 1e-2}),
    "lion_all": ("Lion", {"learning_rate": 0.01, "beta_1": 0.5, "beta_2": 0.6}),
    "ftrl_all": ("Ftrl", {
        "learning_rate": 0.1, "learning_rate_power": -0.7, "initial_accumulator_value": 0.2, "l1_regularization_strength": 0.1,
        "l2_regularization_strength": 0.2, "l2_shrinkage_regularization_strength": 0.05, "beta": 0.3,
    }),
    "loss_scale": ("Adam", {"learning_rate": 0.05, "loss_scale_factor": 128.0}),
    "accumulation_3_ema": ("Adam", {"learning_rate": 0.05, "gradient_accumulation_steps": 3, "use_ema": True, "ema_momentum": 0.8}),
    "accumulation_schedule": ("Adam", {"learning_rate": "exponential", "gradient_accumulation_steps": 2, "global_clipnorm": 0.5}),
    "accumulation_overwrite": ("SGD", {"learning_rate": 0.1, "gradient_accumulation_steps": 2, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2}),
    "everything": ("RMSprop", {
        "learning_rate": "cosine_warmup", "weight_decay": 0.1, "clipnorm": 0.7, "use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 3,
        "loss_scale_factor": 8.0,
    }),
}
# What any optimizer may be given: each once with all of them.
OPTIONS = {
    "decay": {"weight_decay": 0.2},
    "clipnorm": {"clipnorm": 0.5},
    "global_clipnorm": {"global_clipnorm": 0.5},
    "clipvalue": {"clipvalue": 0.3},
    "ema": {"use_ema": True},
    "ema_overwrite": {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 2},
    "accumulation": {"gradient_accumulation_steps": 2},
}
TRIED = {"decay": ("SGD", "Adam", "Lion"), "accumulation": tuple(CLASSES)}
CASES = {name.lower(): (name, config) for name, config in CLASSES.items()} | MORE
for option, config in OPTIONS.items():
    for name in TRIED.get(option, ("SGD", "Nadam")):
        CASES[f"{name.lower()}_{option}"] = (name, CLASSES[name] | config)
for schedule in ("exponential", "piecewise_one"):
    CASES[f"adamw_{schedule}"] = ("AdamW", {"learning_rate": schedule})


def flat(arrays):
    return np.concatenate([np.zeros(0, np.float32), *(np.ravel(a) for a in arrays)])


def make_schedule(name):
    cls, config = SCHEDULES[name]
    return getattr(keras.optimizers.schedules, cls)(**config)


def take_steps(name, first, gradients):
    """Takes the steps and returns the case's arrays."""
    cls, config = CASES[name]
    scheduled = isinstance(config["learning_rate"], str)
    if scheduled:
        config = config | {"learning_rate": make_schedule(config["learning_rate"])}
    variables = [keras.Variable(w) for w in first]
    optimizer = getattr(keras.optimizers, cls)(**config)
    optimizer.build(variables)
    weights, state = [], []
    for g in gradients:
        optimizer.apply([x * np.float32(config.get("loss_scale_factor", 1)) for x in g], variables)
        weights.append(flat(v.numpy() for v in variables))
        state.append(flat(v.numpy() for v in optimizer.variables[1 if scheduled else 2:]))
    optimizer.finalize_variable_values(variables)
    arrays = {f"{name}_w": np.stack(weights), f"{name}_f": flat(v.numpy() for v in variables)}
    return arrays | ({f"{name}_o": np.stack(state)} if state[0].size else {})


rng = fixture.draws("optimizers")
first = [fixture.normal(rng, s, 0.5) for s in SHAPES]
gradients = [[fixture.normal(rng, s, 0.4) for s in SHAPES] for _ in range(STEPS)]
for g in gradients:
    g[0][1, 2] = 0  # as of a word that no text has
    g[1][0] *= 1e-4
gradients[2][1][:] = 0
arrays = {"w": flat(first), "g": np.stack([flat(g) for g in gradients])}
for name in CASES:
    arrays |= take_steps(name, first, gradients)
for name in SCHEDULES:
    schedule = make_schedule(name)
    arrays[f"{name}_r"] = np.array([schedule(step) for step in AT], np.float32)
fixture.write_arrays(out / "optimizers.npz", arrays)
fixture.write_json(out / "cases.json", {
    "keras": keras.__version__,
    "arrays": "w, g: first weights and gradients; of a case, NAME_w: weights after each step, NAME_f: those that fit leaves, "
    "NAME_o: optimizer variables after each step; of a schedule, NAME_r: the rates at steps",
    "steps": AT,
    "cases": [{"name": n, "class": cls, "config": config} for n, (cls, config) in CASES.items()],
    "schedules": [{"name": n, "class": cls, "config": config} for n, (cls, config) in SCHEDULES.items()],
})
print(f"{len(CASES)} optimizers and {len(SCHEDULES)} schedules in {out}")
