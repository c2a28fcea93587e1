package schema

import (
	"strings"

	"claude-max-api-proxy/proxy/jsonbody"
)

// Resolve finds what a reference within a schema points to: "#", or a JSON Pointer
// (RFC 6901) behind it, as "#/$defs/x". Where a name stands twice, the last one counts.
func Resolve(root jsonbody.Value, ref string) (jsonbody.Value, bool) {
	rest, ok := strings.CutPrefix(ref, "#")
	if !ok || rest != "" && rest[0] != '/' {
		return jsonbody.Value{}, false
	}
	v := root
	for _, step := range strings.Split(rest, "/")[1:] {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		found := v.At(step)
		for name, member := range v.Members() {
			if name == step {
				found = member
			}
		}
		if v = found; v.Absent() {
			return v, false
		}
	}
	return v, true
}
