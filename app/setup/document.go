package setup

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/titanous/json5"
)

// document is a configuration as it stands in its file, which is JSON5: with
// nothing resolved and no defaults.
type document map[string]any

// The places of the three values.
var (
	providerPath = []string{"models", "providers", providerID}
	modePath     = []string{"models", "mode"}
	modelPath    = []string{"agents", "defaults", "model"} // a name, or an object with primary
)

func parse(text []byte) (document, error) {
	var doc document
	// Notepad writes a byte order mark.
	err := json5.Unmarshal([]byte(strings.TrimPrefix(string(text), "\ufeff")), &doc)
	if doc == nil {
		doc = document{}
	}
	return doc, err
}

func (d document) get(path ...string) (any, bool) {
	var value any = map[string]any(d)
	for _, key := range path {
		object, _ := value.(map[string]any)
		member, ok := object[key]
		if !ok {
			return nil, false
		}
		value = member
	}
	return value, true
}

// set makes the objects on the way that are missing.
func (d document) set(value any, path ...string) {
	object := map[string]any(d)
	last := len(path) - 1
	for _, key := range path[:last] {
		next, ok := object[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			object[key] = next
		}
		object = next
	}
	object[path[last]] = value
}

func (d document) remove(path ...string) {
	last := len(path) - 1
	parent, _ := d.get(path[:last]...)
	if object, ok := parent.(map[string]any); ok {
		delete(object, path[last])
	}
}

// primary is the agents' model, "" when none is set.
func (d document) primary() string {
	model, _ := d.get(modelPath...)
	if object, ok := model.(map[string]any); ok {
		model = object["primary"]
	}
	name, _ := model.(string)
	return name
}

// setPrimary leaves what else is said of the model, as its fallbacks.
func (d document) setPrimary(name string) {
	d.set(name, append(slices.Clone(modelPath), "primary")...)
}

func (d document) clone() document { return cloned(map[string]any(d)).(map[string]any) }

func cloned(value any) any {
	switch value := value.(type) {
	case map[string]any:
		object := make(map[string]any, len(value))
		for key, member := range value {
			object[key] = cloned(member)
		}
		return object
	case []any:
		list := make([]any, len(value))
		for i, member := range value {
			list[i] = cloned(member)
		}
		return list
	}
	return value
}

// includes says whether parts of it stand in other files.
func (d document) includes() bool {
	found := false
	visit(map[string]any(d), "", func(path, text string) { found = found || strings.HasSuffix(path, ".$include") })
	return found
}

// naming are the places that name one of the proxy's models.
func (d document) naming() []string {
	var places []string
	visit(map[string]any(d), "", func(path, text string) {
		if strings.HasPrefix(text, providerID+"/") {
			places = append(places, strings.TrimPrefix(path, "."))
		}
	})
	return places
}

// visit calls see for each text and each key, with the path of it.
func visit(value any, path string, see func(path, text string)) {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			see(path+"."+key, key)
			visit(value[key], path+"."+key, see)
		}
	case []any:
		for i, member := range value {
			visit(member, path+"["+strconv.Itoa(i)+"]", see)
		}
	case string:
		see(path, value)
	}
}

// mergePatch is what makes one document another: null takes a member away, objects
// go member by member, everything else is replaced (RFC 7396).
func mergePatch(from, to map[string]any) map[string]any {
	patch := map[string]any{}
	for key := range from {
		if _, stays := to[key]; !stays {
			patch[key] = nil
		}
	}
	for key, want := range to {
		have, there := from[key]
		if there && reflect.DeepEqual(have, want) {
			continue
		}
		a, both := have.(map[string]any)
		b, object := want.(map[string]any)
		if both && object {
			patch[key] = mergePatch(a, b)
		} else {
			patch[key] = want
		}
	}
	return patch
}

// patchTo is the text of a patch for [OpenClaw.patch].
func (d document) patchTo(to document) ([]byte, error) {
	patch := document(mergePatch(d, to))
	if want, ok := to.get(providerPath...); ok {
		if have, _ := d.get(providerPath...); !reflect.DeepEqual(have, want) {
			patch.set(want, providerPath...)
		}
	}
	return json.Marshal(patch)
}

// size is about how long OpenClaw writes it, in bytes.
func (d document) size() int {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return 0 // numbers that JSON does not have; OpenClaw will say so
	}
	return len(text) + 1
}
