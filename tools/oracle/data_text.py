"""Fixtures of text and dataset from Keras' Tokenizer, text_to_word_sequence and pad_sequences and from NumPy.

Run from the repository root: KERAS_BACKEND=jax python tools/oracle/data_text.py
"""

import itertools
import json
import sys

import numpy as np
from keras.src.legacy.preprocessing.text import Tokenizer, text_to_word_sequence
from keras.utils import pad_sequences


def save(path, value):
    with open(path, "w") as f:
        json.dump(value, f, indent=1)
        f.write("\n")


TEXTS = [
    "", " ", "   \t\n ", "Hello, World!", "don't -- stop!! (ever)", "a\r\nb c\td", "no\u00a0break\u2003space\u3000wide",
    "one-two_three/four\\five", "<br /><br />It's GREAT.", "caf\u00e9 CAF\u00c9 cafe\u0301 CAFE\u0301", "\u0130stanbul I\u0307 \u0131 I",
    "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3 \u03a3 \u0391\u03a3. \u03a3\u0391 \u0391\u03a3'\u0391 \u0391\u03a3\u0301 \u0391'\u03a3",
    "\uc601\ud654\uac00 \uc815\ub9d0 \uc7ac\ubbf8\uc788\uc5c8\ub2e4! \ucd94\ucc9c.", "\u6620\u753b\u306f\u9762\u767d\u304b\u3063\u305f\u3002", "\U0001f600 GOOD\U0001f600film \u201cquoted\u201d \u2014 dash",
    "STRASSE Stra\u00dfe STRA\u1e9eE", "\x00nul\x01 \x7f del", "~`@#$%^&*()+={}|[]:;\"<>?,.", "''' 'a' b'c", "\ufb01lm \u01c5 \u01c4", "Z\u0335\u0321a\u0336lgo \U00010400\U0001044f",
    "10/10 3.5 $5", "tab\tand\nnewline", "\u2028line\u2029para\u0085next",
]
FILTERS = [
    {}, {"lower": False}, {"filters": ""}, {"filters": "ae\u00e9\u3002 "}, {"filters": "!,", "lower": False},
]


def lowered():
    """Every character whose small form differs, alone and inside a word."""
    return {f"{c:x}": chr(c).lower() for c in range(sys.maxunicode + 1)
            if not 0xD800 <= c < 0xE000 and chr(c).lower() != chr(c)}


def words():
    return [{"options": o, "words": [text_to_word_sequence(t, **o) for t in TEXTS]} for o in FILTERS]


CORPUS = [
    "The film was good, the actors were good.", "A bad film: bad, bad actors", "the THE the end", "Zebra apple mango apple zebra",
    "don't stop", "\u00c9mile \u00e9mile film", "", "tie tie2 tie tie2 end",
]


def tokenizers():
    out = []
    for options in ({}, {"num_words": 5}, {"num_words": 6, "oov_token": "<oov>"}, {"oov_token": "<oov>"}, {"lower": False}):
        t = Tokenizer(**options)
        t.fit_on_texts(CORPUS)
        probe = CORPUS + ["unseen words and the film"]
        out.append({"options": options, "index": list(t.word_index.items()), "sequences": t.texts_to_sequences(probe)})
    return {"corpus": CORPUS, "probe": CORPUS + ["unseen words and the film"], "tokenizers": out}


def pads():
    x = [[1, 2, 3, 4, 5], [], [7], [8, 9, 10], [-1, -2, -3, -4]]
    out = []
    for maxlen, padding, truncating, value in itertools.product((1, 2, 3, 4, 5, 8), ("pre", "post"), ("pre", "post"), (0, 9, -5)):
        rows = pad_sequences(x, maxlen=maxlen, padding=padding, truncating=truncating, value=value)
        out.append({"maxlen": maxlen, "padding": padding, "truncating": truncating, "value": value, "rows": rows.ravel().tolist()})
    return {"x": x, "pads": out}


def histograms():
    out = []
    rng = np.random.RandomState(3)
    for n, bins, high in ((1, 1, 5), (10, 3, 9), (100, 7, 50), (500, 50, 2500), (333, 10, 11), (5, 4, 1)):
        lengths = rng.randint(0, high, n)
        counts, edges = np.histogram(lengths, bins=bins)
        out.append({"lengths": lengths.tolist(), "bins": bins, "counts": counts.tolist(), "edges": edges.tolist(),
                    "mean": float(lengths.mean()), "median": float(np.median(lengths))})
    # Lengths that lie on an edge, where a computed bin is off by one at times.
    for n, bins in ((50, 7), (50, 49), (15, 50), (43, 38), (46, 35), (51, 22)):
        counts, edges = np.histogram(np.arange(n), bins=bins)
        out.append({"lengths": list(range(n)), "bins": bins, "counts": counts.tolist(), "edges": edges.tolist(),
                    "mean": (n - 1) / 2, "median": (n - 1) / 2})
    return out


save("text/testdata/words.json", {"texts": TEXTS, "cases": words(), "lowered": lowered()})
save("text/testdata/tokenizer.json", tokenizers())
save("text/testdata/pad.json", pads())
save("dataset/testdata/lengths.json", histograms())
