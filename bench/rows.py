"""The rows of the table: what work is done, and in which unit it is told."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    """One row. What every side must know of it is what json() returns."""

    name: str
    title: str
    cell: str  # rnn, lstm or gru
    units: int
    embedding: int = 0  # 0: one-hot words
    vocabulary: int = 500
    steps: int = 100  # words of a review
    batch: int = 64
    train: int = 20_000  # reviews
    validation: int = 5_000
    unit: str = "s/epoch"  # s/epoch, ms/step or ms
    predict: int = 0  # predictions of one review in a round, in place of training
    learning_rate: float = 1e-4
    gigabytes: float = 0  # of memory that a peer needs free, where it is much

    @property
    def one_hot(self):
        return self.embedding == 0

    @property
    def shape(self):
        """The data's: vocabulary, words and reviews."""
        return f"{self.vocabulary}x{self.steps}x{self.train + self.validation}"

    def value(self, seconds):
        """A round's time in the row's unit."""
        if self.unit == "s/epoch":
            return seconds
        if self.unit == "ms/step":
            return seconds * 1e3 / (self.train / self.batch)
        return seconds * 1e3

    def scaled(self, share):
        """The row with a share of its work, for a quick look."""
        if self.predict:
            return dataclasses.replace(self, predict=max(1, int(self.predict * share)))
        batches = max(1, round(self.train / self.batch * share))
        return dataclasses.replace(self, train=batches * self.batch, validation=int(self.validation * share))

    def json(self, data):
        fields = dataclasses.asdict(self) | {"one_hot": self.one_hot}
        return fields | {axis: f"{data}/{axis}-{self.shape}.npy" for axis in "xy"}


def _steps(n, batch):
    """Training steps alone."""
    return {"train": n * batch, "validation": 0, "batch": batch, "unit": "ms/step"}


ROWS = [
    Row("rnn8", "Embedding(500, 16) + SimpleRNN(8)", "rnn", 8, embedding=16),
    Row("lstm8", "Embedding(500, 16) + LSTM(8)", "lstm", 8, embedding=16),
    Row("gru8", "Embedding(500, 16) + GRU(8)", "gru", 8, embedding=16),
    # 25,000 x 100 x 500 float32 are 5 GB, and a framework may hold them twice.
    Row("onehot8", "one-hot + SimpleRNN(8)", "rnn", 8, gigabytes=13),
    Row("lstm128", "LSTM(128), embedding 64", "lstm", 128, embedding=64, **_steps(20, 64)),
    Row("lstm100", "LSTM(100), embedding 32, vocabulary 10,000, T 500, B 256", "lstm", 100, embedding=32, vocabulary=10_000, steps=500, **_steps(4, 256)),
    Row("lstm512", "LSTM(512), embedding 128", "lstm", 512, embedding=128, **_steps(6, 64)),
    Row("predict", "one review through Embedding(500, 16) + LSTM(8)", "lstm", 8, embedding=16, train=1, validation=0, predict=200, unit="ms"),
]
