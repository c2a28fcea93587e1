package format

import (
	"fmt"
	"slices"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/schema"
)

// checkReferences keeps to references within the schema that do not go in circles
// on the spot: checking a value against those would never end, or end the program. The
// root is what the library has understood of the schema.
func checkReferences(as, root jsonbody.Value) *conversation.Error {
	c := references{schema: as, inner: schema.NewReferences(root), to: map[string]int{}}
	return c.all(root)
}

type references struct {
	schema jsonbody.Value // as it was sent, for its path
	inner  schema.References
	count  int // how many are followed where a value is checked
	// to has how many are followed where one leads, itself included, by its path. Those that
	// are being followed have open.
	to map[string]int
}

const open = -1

// foreign are the keywords that change where references lead.
var foreign = []string{"$dynamicRef", "$recursiveRef", "$id", "$anchor", "$dynamicAnchor"}

// wrong is an error about a value below the root.
func (c *references) wrong(v jsonbody.Value, why, hint string) *conversation.Error {
	path := c.schema.Path() + "." + v.Path()
	err := conversation.Invalid(path, path+" "+why+".")
	err.Hint = hint
	return err
}

// all checks every schema, and everything else that looks like one.
func (c *references) all(v jsonbody.Value) *conversation.Error {
	for name, value := range v.Members() {
		if value.Type() == jsonbody.String {
			if slices.Contains(foreign, name) {
				return c.wrong(value, "is not known here", "Leave it out; a $ref is a path within the schema, as #/$defs/x.")
			}
			if name == "$ref" {
				if err := c.follow(value, value); err != nil {
					return err
				}
			}
		}
		if err := c.all(value); err != nil {
			return err
		}
	}
	for _, value := range v.Elements() {
		if err := c.all(value); err != nil {
			return err
		}
	}
	return nil
}

// follow goes where a reference leads, and on from there, once for each path. The first one is
// where it began.
func (c *references) follow(first, ref jsonbody.Value) *conversation.Error {
	path, _ := ref.Text()
	n, known := c.to[path]
	if n == open {
		return c.wrong(first, "goes in a circle without coming to a value", "Let it stand below properties or items.")
	}
	before := c.count
	if c.count += max(n, 1); c.count > mostSteps {
		return c.wrong(first, fmt.Sprintf("is one reference too many: together they lead to more than %d schemas", mostSteps), "Say less by references.")
	}
	if known {
		return nil
	}
	target, ok := c.inner.Resolve(path)
	if !ok || strings.Contains(path, "%") || !leadsToSchema(path) {
		return c.wrong(ref, fmt.Sprintf("leads to no schema: %q", jsonbody.Shorten(path)), "It must be a path within the schema, as #/$defs/x.")
	}
	c.to[path] = open
	if err := c.here(first, target); err != nil {
		return err
	}
	c.to[path] = c.count - before
	return nil
}

// leadsToSchema says whether that path, from a schema, is one to another.
func leadsToSchema(path string) bool {
	steps := strings.Split(path, "/")
	if steps[0] != "#" {
		return false
	}
	for steps = steps[1:]; len(steps) > 0; {
		wide := 1
		if p := places[steps[0]]; p == 0 {
			return false
		} else if p != itself {
			wide = 2
		}
		if len(steps) < wide {
			return false
		}
		steps = steps[wide:]
	}
	return true
}

// here follows what applies to the very value that the schema applies to.
func (c *references) here(first, v jsonbody.Value) *conversation.Error {
	for name, value := range v.Members() {
		var err *conversation.Error
		switch name {
		case "$ref":
			if value.Type() == jsonbody.String {
				err = c.follow(first, value)
			}
		case "not", "if", "then", "else":
			err = c.here(first, value)
		case "allOf", "anyOf", "oneOf":
			for _, element := range value.Elements() {
				if err = c.here(first, element); err != nil {
					break
				}
			}
		case "dependentSchemas", "dependencies":
			for _, schema := range value.Members() {
				if err = c.here(first, schema); err != nil {
					break
				}
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
