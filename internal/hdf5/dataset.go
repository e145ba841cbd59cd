package hdf5

// Dataset is an array of numbers or strings in the file, with attributes.
type Dataset struct {
	*object
	array
}

// parseDataset decodes the messages of a dataset's object header.
func parseDataset(o *object, messages []message) (*Dataset, error) {
	d := &Dataset{object: o}
	d.array.object = o
	var fill, layout message
	var refused error
	haveSpace, haveType := false, false
	for _, m := range messages {
		var err error
		switch m.kind {
		case messageDataspace:
			haveSpace = true
			d.dataspace, err = parseDataspace(m.block)
		case messageDatatype:
			haveType = true
			d.datatype, err = parseDatatype(m.block)
		case messageOldFillValue:
			if fill.block == nil { // the new message, if there, counts
				fill = m
			}
		case messageFillValue:
			fill = m
		case messageLayout:
			layout = m
		case messageExternalFiles:
			m.refuse("external storage: the data is in other files")
			refused = m.err
		case messageFilters:
			m.refuse("filtered data (compression, shuffling or checksums)")
			refused = m.err
		}
		if err != nil {
			return nil, err
		}
	}
	if !haveSpace || !haveType {
		return nil, &FormatError{o.offset, "object header", "a data layout message without a dataspace and a datatype message"}
	}
	if err := d.setStorage(layout, fill); err != nil {
		return nil, err
	}
	if refused != nil {
		d.storage = refusedStorage{refused}
	}
	return d, nil
}

func (d *Dataset) setStorage(layout, fill message) error {
	var value []byte
	if fill.block != nil {
		var err error
		if value, err = fillValue(fill, d.datatype.size); err != nil {
			return err
		}
	}
	var err error
	d.storage, err = parseLayout(d.file, layout, value)
	return err
}
