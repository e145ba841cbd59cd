"""PyTorch's side."""

import statistics
import time

import turns  # first: it takes standard output for itself

import torch
from torch import nn
from torch.nn import functional as F


class Classifier(nn.Module):
    def __init__(self, row):
        super().__init__()
        cells = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
        self.vocabulary = row["vocabulary"]
        self.embedding = None if row["one_hot"] else nn.Embedding(row["vocabulary"], row["embedding"])
        features = row["vocabulary"] if row["one_hot"] else row["embedding"]
        self.recurrent = cells[row["cell"]](features, row["units"], batch_first=True)
        self.dense = nn.Linear(row["units"], 1)

    def forward(self, ids):
        """The logits of a batch of ids, (batch, steps)."""
        x = self.embedding(ids) if self.embedding else F.one_hot(ids, self.vocabulary).float()
        _, state = self.recurrent(x)
        h = state[0] if isinstance(state, tuple) else state
        return self.dense(h[-1]).squeeze(1)


def batches(x, y, size, order=None):
    for rows in torch.arange(len(x)).split(size) if order is None else order.split(size):
        yield x[rows], y[rows]


def epoch(row, model, optimizer, x, y, val_x, val_y):
    """Trains on every sample once and validates; returns the logs that Keras keeps."""
    loss_sum, right = 0.0, 0
    model.train()
    for ids, labels in batches(x, y, row["batch"], torch.randperm(len(x))):
        optimizer.zero_grad()
        logits = model(ids)
        loss = F.binary_cross_entropy_with_logits(logits, labels)
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(labels)
        right += ((logits > 0) == (labels > 0.5)).sum().item()
    logs = {"loss": loss_sum / len(x), "accuracy": right / len(x)}
    if len(val_x) == 0:
        return logs
    loss_sum, right = 0.0, 0
    model.eval()
    with torch.inference_mode():
        for ids, labels in batches(val_x, val_y, row["batch"]):
            logits = model(ids)
            loss_sum += F.binary_cross_entropy_with_logits(logits, labels).item() * len(labels)
            right += ((logits > 0) == (labels > 0.5)).sum().item()
    return logs | {"val_loss": loss_sum / len(val_x), "val_accuracy": right / len(val_x)}


def train(row, model):
    (x, y), (val_x, val_y) = turns.data(row)
    x, y, val_x, val_y = torch.from_numpy(x).long(), torch.from_numpy(y), torch.from_numpy(val_x).long(), torch.from_numpy(val_y)
    # Keras' rho and epsilon.
    optimizer = torch.optim.RMSprop(model.parameters(), lr=row["learning_rate"], alpha=0.9, eps=1e-7)
    while True:
        turns.wait()
        start = time.perf_counter()
        logs = epoch(row, model, optimizer, x, y, val_x, val_y)
        turns.done(time.perf_counter() - start, logs)


def predict(row, model):
    (x, _), _ = turns.data(row)
    one = torch.from_numpy(x[:1]).long()
    model.eval()
    while True:
        turns.wait()
        times = []
        with torch.inference_mode():
            for _ in range(row["predict"]):
                start = time.perf_counter()
                torch.sigmoid(model(one))
                times.append(time.perf_counter() - start)
        turns.done(statistics.median(times))


def main():
    row = turns.row()
    model = Classifier(row)
    turns.ready(torch=torch.__version__)
    if row["predict"]:
        predict(row, model)
    else:
        train(row, model)


main()
