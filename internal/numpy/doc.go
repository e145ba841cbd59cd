// Package numpy owns NumPy's file formats and its legacy random numbers: .npy
// and .npz files of numeric arrays in both directions, the pickled arrays of
// integer lists that Keras' data sets are kept in (read without running
// anything a pickle asks for), and RandomState with the shuffles that Keras'
// and scikit-learn's row orders come from.
package numpy
