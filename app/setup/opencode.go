package setup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// openCodeFile is opencode's configuration for the whole of a user. It joins three
// files; this is the one that it changes itself.
func openCodeFile(home, recipe string, getenv func(string) string) File {
	dir := getenv("XDG_CONFIG_HOME")
	if dir == "" {
		dir = filepath.Join(home, ".config")
	}
	dir = filepath.Join(dir, "opencode")
	names := []string{"opencode.jsonc", "opencode.json", "config.json"}
	file := File{
		Path: filepath.Join(dir, "opencode.json"),
		edit: func(text []byte) ([]byte, error) { return addProvider(text, []byte(recipe)) },
	}
	for _, name := range names {
		if path := filepath.Join(dir, name); there(recordPath(path)) {
			file.Path = path // of the last set-up
			return file
		}
	}
	for _, name := range names {
		if path := filepath.Join(dir, name); there(path) {
			file.Path = path
			return file
		}
	}
	return file
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// addProvider puts the recipe's provider into a text, which is JSON with comments. All
// that was there stays as it is, to the byte.
func addProvider(text, recipe []byte) ([]byte, error) {
	if text == nil {
		return recipe, nil
	}
	var ours struct{ Provider map[string]json.RawMessage }
	if err := json.Unmarshal(recipe, &ours); err != nil {
		return nil, err
	}
	at, err := placeOf(text)
	if err != nil {
		return nil, err
	}
	member := fmt.Sprintf("\n    %q: %s", providerID, ours.Provider[providerID])
	if at.indent == "" { // there are no providers yet
		member = "\n  \"provider\": {" + member + "\n  }"
	}
	if at.empty {
		member += "\n" + at.indent
	} else {
		member += ","
	}
	if bytes.Contains(text, []byte("\r\n")) {
		member = strings.ReplaceAll(member, "\n", "\r\n")
	}
	after := bytes.Join([][]byte{text[:at.offset], text[at.offset:]}, []byte(member))
	return after, onlyAdded(text, after, ours.Provider[providerID])
}

// place is where a member can be put in: behind the brace of an object.
type place struct {
	offset int64
	empty  bool   // the object has no members
	indent string // of the object's own end
}

// placeOf finds the object of the providers, or else the whole.
func placeOf(text []byte) (place, error) {
	text = withoutComments(text)
	if !json.Valid(text) {
		return place{}, errors.New("it is not JSON with comments")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	brace := func() bool { token, _ := d.Token(); return token == json.Delim('{') }
	if !brace() {
		return place{}, errors.New("it holds no object")
	}
	whole := place{offset: d.InputOffset(), empty: !d.More()}
	var skipped json.RawMessage
	for d.More() {
		if key, _ := d.Token(); key != "provider" {
			_ = d.Decode(&skipped) // the text is valid
			continue
		}
		if !brace() {
			return place{}, errors.New("its provider is no object")
		}
		providers := place{offset: d.InputOffset(), empty: !d.More(), indent: "  "}
		for d.More() {
			if key, _ := d.Token(); key == providerID {
				return place{}, fmt.Errorf("it has the provider %s already", providerID)
			}
			_ = d.Decode(&skipped)
		}
		return providers, nil
	}
	return whole, nil
}

// onlyAdded fails where anything but the provider has changed in what a text means.
func onlyAdded(before, after []byte, provider json.RawMessage) error {
	var was, is document
	var value any
	if json.Unmarshal(withoutComments(before), &was) != nil || json.Unmarshal(withoutComments(after), &is) != nil || json.Unmarshal(provider, &value) != nil {
		return errors.New("the provider does not fit into it")
	}
	was.set(value, "provider", providerID)
	if !reflect.DeepEqual(was, is) {
		return errors.New("the provider does not fit into it without a change of something else")
	}
	return nil
}
