package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// parse reads the file's text over the defaults, key by key, so that whatever is
// wrong can be told with its line and in the words of the file, not of Go.
func parse(text []byte) (s Settings, unknown []string, err error) {
	all, err := members(text)
	if err != nil {
		return Default(), nil, err
	}
	return assemble(all)
}

// assemble puts the entries' values over the defaults.
func assemble(all []member) (s Settings, unknown []string, err error) {
	s = Default()
	fields := reflect.ValueOf(&s).Elem()
	known := Keys()
	for _, m := range all {
		i := slices.Index(known, m.key)
		if i < 0 {
			unknown = append(unknown, m.key)
			continue
		}
		if err := read(m.value, fields.Field(i)); err != nil {
			err = fmt.Errorf("%s %w", m.key, err)
			if m.line > 0 {
				err = fmt.Errorf("line %d: %w", m.line, err)
			}
			return Default(), nil, err
		}
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
	case bool:
		return "true or false, without quotes"
	case []string:
		return `a list of texts, as ["one", "two"]`
	case map[string]string:
		return `an object of texts, as {"NAME": "value"}`
	case Duration:
		return `a length of time in quotes, such as "90s" or "10m"`
	}
	return "something else"
}
