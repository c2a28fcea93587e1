package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
)

// parse reads the file's text over the defaults, key by key, so that whatever is
// wrong can be told with its line and in the words of the file, not of Go.
func parse(text []byte) (s Settings, unknown []string, err error) {
	s = Default()
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // Windows' editor puts it there
	in := json.NewDecoder(bytes.NewReader(text))
	at := func(offset int64, err error) error {
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &syntax):
			offset = syntax.Offset
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			offset, err = int64(len(text)), errors.New("the end is missing")
		}
		return fmt.Errorf("line %d: %w", lineOf(text, offset), err)
	}
	start, err := in.Token()
	if err != nil {
		return s, nil, at(0, err)
	}
	if start != json.Delim('{') {
		return s, nil, at(0, errors.New("the file must be one JSON object, {…}"))
	}
	fields := reflect.ValueOf(&s).Elem()
	known := Keys()
	for in.More() {
		token, err := in.Token()
		if err != nil {
			return s, nil, at(in.InputOffset(), err)
		}
		key := token.(string) // the decoder gives nothing else in this place
		line := in.InputOffset()
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return s, nil, at(line, err)
		}
		i := slices.Index(known, key)
		if i < 0 {
			unknown = append(unknown, key)
			continue
		}
		if err := read(value, fields.Field(i)); err != nil {
			return s, nil, at(line, fmt.Errorf("%s %w", key, err))
		}
	}
	if _, err := in.Token(); err != nil { // the closing brace
		return s, nil, at(in.InputOffset(), err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return s, nil, at(in.InputOffset(), errors.New("something follows the closing brace"))
	}
	slices.Sort(unknown)
	return s, slices.Compact(unknown), nil
}

// read puts a value into the field; its errors go behind the key's name.
func read(value json.RawMessage, field reflect.Value) error {
	fresh := reflect.New(field.Type())
	err := json.Unmarshal(value, fresh.Interface())
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		return fmt.Errorf("must be %s", form(field.Interface()))
	case err != nil:
		return err
	case string(value) != "null": // null leaves the default
		field.Set(fresh.Elem())
	}
	return nil
}

// form says how a setting is written in the file.
func form(setting any) string {
	switch setting.(type) {
	case int:
		return "a whole number, without quotes"
	case string:
		return "a text in quotes"
	case []string:
		return `a list of texts, as ["one", "two"]`
	case map[string]string:
		return `an object of texts, as {"NAME": "value"}`
	case Duration:
		return `a length of time in quotes, such as "90s" or "10m"`
	}
	return "something else"
}

func lineOf(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
}
