package format

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/jsonbody"
)

// The bounds of a schema: how deep it may be, and how many schemas looking at it, each
// time that a reference leads to one, may come by.
const (
	deepest   = 100
	mostSteps = 10_000
)

// compile makes of a schema what checks values.
func compile(v jsonbody.Value) (*jsonschema.Resolved, *conversation.Error) {
	whole, err := resolve(v)
	if err != nil {
		return nil, v.Invalid(v.Path() + " is not a JSON Schema that can be checked: " + jsonbody.ShortenTo(err.Error(), 200) + ".")
	}
	return whole, nil
}

func resolve(v jsonbody.Value) (*jsonschema.Resolved, error) {
	if tooDeep(v, 0) {
		return nil, errors.New("it is nested too deeply")
	}
	var schema jsonschema.Schema
	if err := json.Unmarshal(v.Raw(), &schema); err != nil {
		return nil, err
	}
	// The library takes "$REF" for "$ref" and merges members that stand twice. What it
	// has understood is what has to be looked at.
	understood, err := json.Marshal(&schema)
	if err != nil {
		return nil, err
	}
	if root, invalid := jsonbody.Parse(understood); invalid == nil { // else it is true or false
		if err := checkReferences(root); err != nil {
			return nil, err
		}
	}
	return schema.Resolve(nil)
}

func tooDeep(v jsonbody.Value, depth int) bool {
	if depth > deepest {
		return true
	}
	for _, value := range v.Members() {
		if tooDeep(value, depth+1) {
			return true
		}
	}
	for _, value := range v.Elements() {
		if tooDeep(value, depth+1) {
			return true
		}
	}
	return false
}

// checkReferences keeps to references within the schema that do not go in circles
// on the spot: checking a value against those would never end, or end the program.
func checkReferences(root jsonbody.Value) error {
	c := references{root: root}
	return c.all(root)
}

type references struct {
	root  jsonbody.Value
	count int // of references that were followed
}

var (
	errForeign = errors.New("$ref must be a path within the schema, as #/$defs/x; there is no $id, $anchor or $dynamicRef here")
	errCircle  = errors.New("a $ref goes in a circle")
	errTooMany = errors.New("its references lead to too many others")
	foreign    = []string{"$dynamicRef", "$recursiveRef", "$id", "$anchor", "$dynamicAnchor"}
)

// all checks every schema, and everything else that looks like one.
func (c *references) all(v jsonbody.Value) error {
	for name, value := range v.Members() {
		if value.Type() == jsonbody.String {
			if slices.Contains(foreign, name) {
				return errForeign
			}
			if name == "$ref" {
				if err := c.follow(value, nil); err != nil {
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

func (c *references) follow(ref jsonbody.Value, open []string) error {
	path, _ := ref.Text()
	target, ok := lookUp(c.root, path)
	switch c.count++; {
	case !ok, strings.Contains(path, "%"):
		return errForeign
	case c.count > mostSteps:
		return errTooMany
	case slices.Contains(open, path):
		return errCircle
	}
	return c.here(target, append(open[:len(open):len(open)], path))
}

// here follows what applies to the very value that the schema applies to.
func (c *references) here(v jsonbody.Value, open []string) error {
	for name, value := range v.Members() {
		var err error
		switch name {
		case "$ref":
			if value.Type() == jsonbody.String {
				err = c.follow(value, open)
			}
		case "not", "if", "then", "else":
			err = c.here(value, open)
		case "allOf", "anyOf", "oneOf":
			for _, element := range value.Elements() {
				if err = c.here(element, open); err != nil {
					break
				}
			}
		case "dependentSchemas", "dependencies":
			for _, schema := range value.Members() {
				if err = c.here(schema, open); err != nil {
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
