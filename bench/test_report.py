"""Tests of the report: python3 -m unittest discover bench"""

import json
import os
import tempfile
import unittest

import report
from rows import ROWS


class Report(unittest.TestCase):
    def row(self, name):
        return next(r for r in ROWS if r.name == name)

    def test_units(self):
        self.assertEqual(self.row("lstm8").value(0.5), 0.5)
        self.assertAlmostEqual(self.row("lstm128").value(1), 50)  # 20 steps in a second
        self.assertAlmostEqual(self.row("lstm100").value(1), 250)
        self.assertAlmostEqual(self.row("predict").value(0.002), 2)

    def test_shapes(self):
        self.assertEqual(self.row("lstm8").shape, "500x100x25000")
        self.assertEqual(self.row("lstm100").shape, "10000x500x1024")
        small = self.row("lstm8").scaled(0.01)
        self.assertEqual((small.train, small.validation), (192, 50))

    def test_ratio_is_the_median_of_pairs(self):
        rounds = {"recurve": [1.0, 2.0, 1.0], "torch": [10.0, 40.0, 12.0], "keras-jax": [100.0, 1.0, 100.0]}
        s = report.summary(self.row("lstm8"), rounds, {}, {})
        self.assertEqual(s["fastest_peer"], "torch")
        self.assertEqual((s["ratio_min"], s["ratio"], s["ratio_max"]), (10, 12, 20))
        self.assertEqual(s["median"], {"recurve": 1, "torch": 12, "keras-jax": 100})

    def test_digits(self):
        for value, want in ((1234.5, "1234"), (12.345, "12.35"), (1.5, "1.50"), (0.0123456, "0.0123")):
            self.assertEqual(report.digits(value), want)

    def test_files(self):
        s = report.summary(self.row("lstm8"), {"recurve": [0.05], "torch": [0.5]}, {"recurve": 30e6, "torch": None},
                           {"keras-jax": "Keras on JAX ended with code 1: no module"})
        machine = dict.fromkeys(("date", "processor", "cores", "system", "python", "commit", "load"))
        done = {"machine": machine, "versions": {"torch": "1"}, "rows": [s], "data": "IMDB", "count": 1, "share": 1, "warm_up": 2,
                "load_after": 0.5, "command": "make bench-peers"}
        with tempfile.TemporaryDirectory() as folder:
            report.write(done, folder)
            self.assertEqual(sorted(os.listdir(folder)), ["peers.json", "peers.md"])
            with open(os.path.join(folder, "peers.json")) as f:
                self.assertEqual(json.load(f), done)
            with open(os.path.join(folder, "peers.md")) as f:
                text = f.read()
        self.assertIn("| Embedding(500, 16) + LSTM(8) | s/epoch | 0.0500 | – | 0.500 | 10.00 (10.00–10.00) |", text)
        self.assertIn("| Embedding(500, 16) + LSTM(8) | 30 | – | – |", text)
        self.assertIn("no module", text)


if __name__ == "__main__":
    unittest.main()
