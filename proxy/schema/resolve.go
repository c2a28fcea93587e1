package schema

import (
	"strings"

	"claude-max-api-proxy/proxy/jsonbody"
)

// References are those within one schema. Each object that they lead through is read once.
type References struct {
	root    jsonbody.Value
	members map[*byte]map[string]jsonbody.Value // of an object, by where it begins
}

// NewReferences gives those of a schema.
func NewReferences(root jsonbody.Value) References {
	return References{root, map[*byte]map[string]jsonbody.Value{}}
}

// Resolve finds what a reference points to: "#", or a JSON Pointer (RFC 6901) behind it, as
// "#/$defs/x". Where a name stands twice, the last one counts.
func (r References) Resolve(ref string) (jsonbody.Value, bool) {
	rest, ok := strings.CutPrefix(ref, "#")
	if !ok || rest != "" && rest[0] != '/' {
		return jsonbody.Value{}, false
	}
	v := r.root
	for _, step := range strings.Split(rest, "/")[1:] {
		found := r.member(v, unescape.Replace(step))
		if found.Absent() {
			return v.At(step), false
		}
		v = found
	}
	return v, true
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// member is that of an object; absent where there is none.
func (r References) member(v jsonbody.Value, name string) jsonbody.Value {
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
	return members[name]
}
