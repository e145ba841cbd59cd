"""TensorBoard's events: what its own classes write for scripted logs, and what its own reader finds in a folder.

    tensorboard_events.py [--out FOLDER]    writes callback/testdata/tensorboard/*.tfevents
    tensorboard_events.py --read FOLDER     prints the values in train/ and validation/ as JSON

Needs the packages of requirements-tf.txt. Which events there are, and their tags and steps, is what Keras' callback
TensorBoard does with the logs (keras/src/callbacks/tensorboard.py). The test has the same logs.
"""

import json
import pathlib
import sys

import numpy as np
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.compat.proto import event_pb2
from tensorboard.plugins.histogram import summary_v2 as histograms
from tensorboard.plugins.scalar import summary_v2 as scalars
from tensorboard.summary.writer import record_writer
from tensorboard.util import tensor_util

WALL_TIME = 1700000000.25
NAN, INF = float("nan"), float("inf")
BATCHES = [{"accuracy": 0.25, "loss": 0.75}, {"accuracy": 0.5, "loss": 0.6918665170669556}, {"accuracy": 0.75, "loss": NAN}]
EPOCHS = [
    {"accuracy": 0.75, "loss": 0.5, "val_accuracy": 0.875, "val_loss": 0.4312},
    {"accuracy": 1.0, "loss": 0.25, "val_accuracy": 0.9, "val_loss": INF},
]
UPDATE_FREQ, RATE = 2, 0.1
WEIGHTS = {"kernel": [[0.5], [-1.25]], "bias": [0.0]}
# Many values, with some on the edges of buckets.
VALUES = [((i * i) % 97 - 40) / 16 for i in range(1000)]


def read(folder):
    """Prints what TensorBoard shows of a folder: {folder: {tag: [[step, value], ...]}}; a histogram's value is its buckets."""
    found = {}
    for part in ("train", "validation"):
        events = event_accumulator.EventAccumulator(str(pathlib.Path(folder) / part), size_guidance={event_accumulator.TENSORS: 0})
        events.Reload()
        found[part] = {}
        for tag in events.Tags()["tensors"]:
            found[part][tag] = [[e.step, tensor_util.make_ndarray(e.tensor_proto).tolist()] for e in events.Tensors(tag)]
            plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
            if plugin != ("histograms" if tag.endswith("/histogram") else "scalars"):
                sys.exit(f"{tag} is shown by {plugin!r}")
    json.dump(found, sys.stdout)


def write(path, summaries):
    """Writes an event file of (step, Summary)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        writer = record_writer.RecordWriter(file)
        writer.write(event_pb2.Event(wall_time=WALL_TIME, file_version="brain.Event:2").SerializeToString())
        for step, summary in summaries:
            writer.write(event_pb2.Event(wall_time=WALL_TIME, step=step, summary=summary).SerializeToString())
        writer.flush()


def main(out):
    train, validation, batch = [], [], 0
    for epoch, logs in enumerate(EPOCHS):
        for running in BATCHES:
            batch += 1
            if batch % UPDATE_FREQ == 0:
                train += [(batch, scalars.scalar_pb(f"batch_{k}", v)) for k, v in running.items()]
        own = {k: v for k, v in logs.items() if not k.startswith("val_")} | {"learning_rate": RATE}
        train += [(epoch, scalars.scalar_pb(f"epoch_{k}", v)) for k, v in own.items()]
        for k, v in logs.items():
            if k.startswith("val_"):
                validation += [(epoch, scalars.scalar_pb(f"epoch_{k[4:]}", v)), (batch, scalars.scalar_pb(f"evaluation_{k[4:]}_vs_iterations", v))]
        train += [(epoch, histograms.histogram_pb(f"sequential/dense/{k}/histogram", np.float32(v))) for k, v in WEIGHTS.items()]
    write(out / "train.tfevents", train)
    write(out / "validation.tfevents", validation)
    write(out / "histogram.tfevents", [(3, histograms.histogram_pb("many", np.float32(VALUES)))])


if sys.argv[1:2] == ["--read"]:
    read(sys.argv[2])
else:
    import fixture

    main(fixture.root(__doc__) / "callback/testdata/tensorboard")
