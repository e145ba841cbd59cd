package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// labelColumns are the names that a column of labels usually has.
func labelColumns() []string {
	return []string{"label", "labels", "class", "category", "target", "sentiment", "polarity", "y"}
}

// ownFile says what is the matter with a person's own file or folder as DATA.
func ownFile(path string, info os.FileInfo) error {
	const later = "training on one's own files is not in this version yet"
	known := "the data sets are " + strings.Join(dataNames(), " and ")
	ext := strings.ToLower(filepath.Ext(path))
	if info.Mode().IsRegular() && (ext == ".csv" || ext == ".tsv") {
		columns, err := header(path, ext)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", path, err)
		case !slices.ContainsFunc(columns, isLabel):
			return fmt.Errorf("%s has no label column: its columns are %s; one of them must be called %s",
				path, quoted(columns), orList(labelColumns()...))
		}
	}
	return fmt.Errorf("%s: %s; %s", path, later, known)
}

func isLabel(column string) bool {
	return slices.Contains(labelColumns(), strings.ToLower(strings.TrimSpace(column)))
}

// longestHeader is how much of a table is read to find its header.
const longestHeader = 1 << 20

// header are the names of a table's columns.
func header(path, ext string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(io.LimitReader(f, longestHeader))
	if ext == ".tsv" {
		r.Comma = '\t'
	}
	columns, err := r.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("the file is empty: expected a header line with the names of the columns")
	case err != nil:
		return nil, fmt.Errorf("its header can't be read: %w", err)
	}
	columns[0] = strings.TrimPrefix(columns[0], "\ufeff")
	return columns, nil
}

// quoted lists names, the first of very many.
func quoted(names []string) string {
	const most = 20
	var out []string
	for i, n := range names {
		if i == most {
			out = append(out, fmt.Sprintf("and %d more", len(names)-most))
			break
		}
		if len(n) > 60 {
			n = n[:60] + "…"
		}
		out = append(out, fmt.Sprintf("%q", n))
	}
	return strings.Join(out, ", ")
}
