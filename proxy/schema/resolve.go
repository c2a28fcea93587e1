package schema

import (
	"strings"

	"claude-max-api-proxy/proxy/jsonbody"
)

// Resolve finds what a reference within a schema points to: "#", or a JSON Pointer
// (RFC 6901) behind it, as "#/$defs/x". Where a name stands twice, the last one counts.
func Resolve(root jsonbody.Value, ref string) (jsonbody.Value, bool) {
	return resolve(root, ref, func(v jsonbody.Value, step string) (found jsonbody.Value) {
		for name, member := range v.Members() {
			if name == step {
				found = member
			}
		}
		return found
	})
}

// resolve goes down by the member of each step.
func resolve(root jsonbody.Value, ref string, member func(v jsonbody.Value, step string) jsonbody.Value) (jsonbody.Value, bool) {
	rest, ok := strings.CutPrefix(ref, "#")
	if !ok || rest != "" && rest[0] != '/' {
		return jsonbody.Value{}, false
	}
	v := root
	for _, step := range strings.Split(rest, "/")[1:] {
		found := member(v, unescape.Replace(step))
		if found.Absent() {
			return v.At(step), false
		}
		v = found
	}
	return v, true
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// references are those of one schema. They are resolved as [Resolve] does, and each object
// that they lead through is read once.
type references struct {
	root    jsonbody.Value
	members map[*byte]map[string]jsonbody.Value // of an object, by where it begins
}

func newReferences(root jsonbody.Value) references {
	return references{root, map[*byte]map[string]jsonbody.Value{}}
}

func (r references) resolve(ref string) (jsonbody.Value, bool) {
	return resolve(r.root, ref, func(v jsonbody.Value, step string) jsonbody.Value {
		if v.Type() != jsonbody.Object {
			return jsonbody.Value{}
		}
		begin := &v.Raw()[0]
		members, known := r.members[begin]
		if !known {
			members = map[string]jsonbody.Value{}
			for name, member := range v.Members() {
				members[name] = member
			}
			r.members[begin] = members
		}
		return members[step]
	})
}
