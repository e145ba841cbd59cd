package hdf5

import "errors"

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
	var filters []filter
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
			if filters, err = parseFilters(m.block); err == nil {
				refused, err = refusal(checkFilters(m.block, filters))
			}
		}
		if err != nil {
			return nil, err
		}
	}
	if !haveSpace || !haveType {
		return nil, &FormatError{o.offset, "object header", "a data layout message without a dataspace and a datatype message"}
	}
	var value []byte
	if fill.block != nil {
		var err error
		if value, err = fillValue(fill, d.datatype.size); err != nil {
			return nil, err
		}
	}
	d.takeMark()
	if err := d.parseLayout(layout.block, value, filters); err != nil {
		return nil, err
	}
	if refused != nil {
		d.storage = refusedStorage{refused}
	}
	return d, nil
}

// takeMark makes bfloat16 numbers of opaque elements that Keras marks so with an
// attribute: HDF5 got such numbers only in version 2.0.
func (d *Dataset) takeMark() {
	if d.datatype.class != classOpaque || d.datatype.size != 2 {
		return
	}
	mark, err := d.Attr("dtype")
	if err != nil {
		return
	}
	if text, err := mark.Text(); err == nil && text == "bfloat16" {
		d.datatype = datatype{class: classFloat, size: 2, brain: true}
	}
}

// refusal tells errors apart: one about something sound that is not read here
// is kept until somebody wants to read it.
func refusal(err error) (refused, failed error) {
	var unsupported *UnsupportedError
	if errors.As(err, &unsupported) {
		return err, nil
	}
	return nil, err
}
