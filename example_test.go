package recurve_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"recurve"
	"recurve/activation"
	"recurve/callback"
	"recurve/dataset/mini"
	"recurve/keras"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
)

// Train an LSTM on film reviews, keep the best model, and ask it.
func Example() {
	dir, err := os.MkdirTemp("", "recurve")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	best := filepath.Join(dir, "best-lstm.keras")

	// With the IMDB reviews: imdb.Load(imdb.Options{NumWords: 500})
	train, _, err := mini.Load(mini.Options{NumWords: 500})
	if err != nil {
		log.Fatal(err)
	}
	train, val := train.Split(0.2, 42) // the rows scikit-learn's train_test_split picks

	m, err := recurve.Sequential(
		layer.Embedding{InputDim: 500, OutputDim: 16},
		layer.LSTM{Units: 8},
		layer.Dense{Units: 1, Activation: activation.Sigmoid},
	)
	if err != nil {
		log.Fatal(err)
	}
	history, err := m.Fit(context.Background(), train.Pad(60), recurve.FitOptions{
		Optimizer: optimizer.RMSprop{LearningRate: 1e-3},
		Loss:      loss.BinaryCrossentropy{},
		Metrics:   []metric.Metric{metric.Accuracy{}},
		Epochs:    5, BatchSize: 16, Validation: val.Pad(60),
		Callbacks: []recurve.Callback{
			&callback.ModelCheckpoint{Path: best, SaveBestOnly: true},
			&callback.EarlyStopping{Patience: 3, RestoreBestWeights: true},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(history.Epochs), "epochs of", history.Names())

	kept, err := keras.Load(best)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(kept.CountParams(), "parameters")
	// Output:
	// 5 epochs of [accuracy loss val_accuracy val_loss]
	// 8809 parameters
}
