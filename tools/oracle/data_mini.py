"""Fixture of dataset/mini: the corpus's form read with scikit-learn's split and Keras' Tokenizer.

A small corpus stands in for the embedded one, so that reviews can be added to
that without making this anew. Run from the repository root:

    KERAS_BACKEND=jax python tools/oracle/data_mini.py
"""

import json

from keras.src.legacy.preprocessing.text import Tokenizer, text_to_word_sequence
from sklearn.model_selection import train_test_split

FOLDER = "dataset/mini/testdata/"


def main():
    with open(FOLDER + "small.tsv", encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f]
    train, test = train_test_split(rows, test_size=0.2, random_state=42)
    out = []
    for num_words in (0, 12):
        t = Tokenizer()
        t.fit_on_texts([text for _, text in train])

        def encode(text):
            known = [t.word_index[w] + 3 if w in t.word_index else 2 for w in text_to_word_sequence(text)]
            return [1] + [i if not num_words or i < num_words else 2 for i in known]

        out.append({"num_words": num_words, "words": [w for w in t.word_index if not num_words or t.word_index[w] + 3 < num_words],
                    "train": [encode(text) for _, text in train], "train_y": [int(y) for y, _ in train],
                    "test": [encode(text) for _, text in test], "test_y": [int(y) for y, _ in test]})
    with open(FOLDER + "small.json", "w") as f:
        json.dump(out, f)
        f.write("\n")


main()
