package setup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
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
		path := filepath.Join(dir, name)
		if real, err := filepath.EvalSymlinks(path); there(recordPath(path)) || err == nil && there(recordPath(real)) {
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
// that was there stays as it is, to the byte. Where it has no $schema, opencode would write one
// in at its next start, so that goes in as well: what others have changed cannot be undone.
func addProvider(text, recipe []byte) ([]byte, error) {
	if text == nil {
		return recipe, nil
	}
	var ours struct {
		Schema   json.RawMessage `json:"$schema"`
		Provider map[string]json.RawMessage
	}
	if err := json.Unmarshal(recipe, &ours); err != nil {
		return nil, err
	}
	whole, providers, err := placesIn(text)
	if err != nil {
		return nil, err
	}
	if err := offered(text); err != nil {
		return nil, err
	}
	after := text
	if providers.offset != 0 {
		after = providers.insert(after, fmt.Sprintf("\n    %q: %s", providerID, ours.Provider[providerID]), "\n  ")
	} else {
		after = whole.insert(after, fmt.Sprintf("\n  \"provider\": {\n    %q: %s\n  }", providerID, ours.Provider[providerID]), "\n")
		whole.empty = false
	}
	if !whole.schema {
		after = whole.insert(after, fmt.Sprintf("\n  \"$schema\": %s", ours.Schema), "\n")
	}
	return after, onlyAdded(text, after, ours.Provider[providerID], ours.Schema)
}

// place is where a member can be put in: behind the brace of an object.
type place struct {
	offset int64
	empty  bool // the object has no members
	schema bool // it has a $schema
}

// insert puts a member in; end is what comes behind the only one.
func (p place) insert(text []byte, member, end string) []byte {
	if p.empty {
		member += end
	} else {
		member += ","
	}
	if bytes.Contains(text, []byte("\r\n")) {
		member = strings.ReplaceAll(member, "\n", "\r\n")
	}
	return bytes.Join([][]byte{text[:p.offset], text[p.offset:]}, []byte(member))
}

// placesIn finds the whole, and the object of the providers if there is one.
func placesIn(text []byte) (whole, providers place, err error) {
	text = withoutComments(text)
	if !json.Valid(text) {
		return whole, providers, errors.New("it is not JSON with comments")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	brace := func() bool { token, _ := d.Token(); return token == json.Delim('{') }
	if !brace() {
		return whole, providers, errors.New("it holds no object")
	}
	whole = place{offset: d.InputOffset(), empty: !d.More()}
	var skipped json.RawMessage
	for d.More() {
		key, _ := d.Token()
		whole.schema = whole.schema || key == "$schema"
		if key != "provider" {
			_ = d.Decode(&skipped) // the text is valid
			continue
		}
		if providers.offset != 0 {
			return whole, providers, errors.New("it has provider twice")
		}
		if !brace() {
			return whole, providers, errors.New("its provider is no object")
		}
		providers = place{offset: d.InputOffset(), empty: !d.More()}
		for d.More() {
			if key, _ := d.Token(); key == providerID {
				return whole, providers, fmt.Errorf("it has the provider %s already", providerID)
			}
			_ = d.Decode(&skipped)
		}
		_, _ = d.Token() // the brace at its end
	}
	return whole, providers, nil
}

// offered fails where a valid text keeps opencode from offering the provider, which its person may
// have wanted. Names in disabled_providers are never offered, and where there is a list of
// enabled_providers, even an empty one, nothing else is.
func offered(text []byte) error {
	var config document
	if err := json.Unmarshal(withoutComments(text), &config); err != nil {
		return err
	}
	if list, ok := config["disabled_providers"].([]any); ok && slices.Contains(list, any(providerID)) {
		return fmt.Errorf("its disabled_providers has %s in it, which opencode would not offer; take it out of that list, and set up again", providerID)
	}
	if list, ok := config["enabled_providers"].([]any); ok && !slices.Contains(list, any(providerID)) {
		return fmt.Errorf("its enabled_providers lacks %s, and opencode offers only what is in that list; add it there, and set up again", providerID)
	}
	return nil
}

// onlyAdded fails where anything but the provider and a missing $schema has changed in what a
// text means.
func onlyAdded(before, after []byte, provider, schema json.RawMessage) error {
	var was, is document
	var value any
	if json.Unmarshal(withoutComments(before), &was) != nil || json.Unmarshal(withoutComments(after), &is) != nil || json.Unmarshal(provider, &value) != nil {
		return errors.New("the provider does not fit into it")
	}
	was.set(value, "provider", providerID)
	if _, has := was["$schema"]; !has {
		_ = json.Unmarshal(schema, &value)
		was["$schema"] = value
	}
	if !reflect.DeepEqual(was, is) {
		return errors.New("the provider does not fit into it without a change of something else")
	}
	return nil
}
