// Package text owns the way from a text to the ids a model reads and back:
// cutting into words as Keras' Tokenizer does, vocabularies, padding, and the
// Processor that holds all of it and travels inside a model file.
package text
