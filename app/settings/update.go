package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"claude-max-api-proxy/app/settings/atomicfile"
)

// Update sets keys of the settings file, also to what is their default, and removes
// those whose value is nil or encodes as null. Everything else stays as it was
// written: keys that mean nothing here, values, and the order; new keys go to the
// end. A file that is not there is made, readable by the user only.
//
// The result has to load and to be valid, or nothing is written; that holds too
// where the mistake was in the file before and is not among the changes.
//
// A file that is no JSON object cannot be kept so. It stays beside the new one,
// which then holds the changes alone, and aside says where.
//
// Any number of processes may call Update at the same time and none of the changes
// is lost. An editor that has the file open knows nothing of that.
func Update(path string, changes map[string]any) (aside string, err error) {
	return update(path, changes, atomicfile.Write)
}

func update(path string, changes map[string]any, write func(string, []byte) error) (aside string, err error) {
	err = alone(path, func(file string) error {
		before, found, err := current(file)
		if err != nil {
			return cannotWrite(err)
		}
		all, broken := members(before)
		if !found {
			broken = nil
		}
		all, err = change(all, changes)
		if err != nil {
			return err
		}
		s, _, err := assemble(all)
		if err == nil {
			err = s.Validate()
		}
		if err != nil {
			return fmt.Errorf("with the change it would not be right: %w", err)
		}
		if broken != nil {
			// A copy, so that there is a settings file at every moment.
			if aside, err = keep(file, before); err != nil {
				return cannotWrite(err)
			}
		}
		if err := write(file, format(all)); err != nil {
			if aside != "" {
				err = errors.Join(err, os.Remove(aside)) // nothing happened
				aside = ""
			}
			return cannotWrite(err)
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("the settings file %s was not changed: %w", path, err)
	}
	return aside, nil
}

// current reads the file, if there is one. One that is there has to be writable:
// replacing needs no more than a writable folder, but a user who has taken that
// right away means the content.
func current(file string) (text []byte, found bool, err error) {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	text, err = io.ReadAll(f)
	return text, true, err
}

// change merges the changes in. Of a key that stands twice the last one counts, and
// stays.
func change(all []member, changes map[string]any) ([]member, error) {
	values := map[string]json.RawMessage{} // nil: to be removed
	for key, value := range changes {
		text, err := encode(value)
		if err != nil {
			return nil, fmt.Errorf("%s cannot be written: %w", key, err)
		}
		values[key] = text
	}
	last := map[string]int{}
	for i, m := range all {
		last[m.key] = i
	}
	var changed []member
	for i, m := range all {
		if value, ok := values[m.key]; ok {
			if value == nil || i != last[m.key] {
				continue
			}
			m.value, m.line = value, 0
		}
		changed = append(changed, m)
	}
	for _, key := range inOrder(values) {
		if _, there := last[key]; !there && values[key] != nil {
			name, err := encode(key)
			if err != nil {
				return nil, err
			}
			changed = append(changed, member{key: key, name: name, value: values[key]})
		}
	}
	return changed, nil
}

// encode gives the value's text as it stands in an entry, or nil for null.
func encode(value any) (json.RawMessage, error) {
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false) // people read it
	out.SetIndent("  ", "  ")
	if err := out.Encode(value); err != nil {
		return nil, err
	}
	trimmed := bytes.TrimSpace(text.Bytes())
	if string(trimmed) == "null" {
		return nil, nil
	}
	return trimmed, nil
}

// inOrder sorts keys as Settings has them, and those that it has not by name.
func inOrder(values map[string]json.RawMessage) []string {
	known := Keys()
	place := func(key string) int {
		if i := slices.Index(known, key); i >= 0 {
			return i
		}
		return len(known)
	}
	return slices.SortedFunc(maps.Keys(values), func(a, b string) int {
		if d := place(a) - place(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

// cannotWrite says what to do about a file or folder that refuses.
func cannotWrite(err error) error {
	return fmt.Errorf("%w. Make sure that it is a file, that you may read and write it and its folder, and that the disk is not full", err)
}
