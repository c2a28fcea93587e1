package scenario

import "encoding/json"

// Function is one that the model can call.
type Function struct{ Name, Description, result string }

// Functions are all of them.
var Functions = []Function{
	{"get_weather", "Gives the weather.", "21 degrees"},
	{"get_time", "Gives the time.", "noon"},
}

// Parameters are those of each function, as JSON Schema.
var Parameters = map[string]any{
	"type":                 "object",
	"properties":           map[string]any{"city": map[string]any{"type": "string"}},
	"required":             []string{"city"},
	"additionalProperties": false,
}

// Call runs a function, and notes that it did.
func (s *Seen) Call(name, arguments string) (result string, err error) {
	var a struct{ City string }
	if err := json.Unmarshal([]byte(arguments), &a); err != nil {
		return "", err
	}
	s.Ran = append(s.Ran, name+" "+a.City)
	for _, f := range Functions {
		if f.Name == name {
			result = f.result
		}
	}
	return name + " of " + a.City + ": " + result, nil
}

// Town is the schema of the answers in JSON.
var Town = map[string]any{
	"type":                 "object",
	"properties":           map[string]any{"city": map[string]any{"type": "string"}, "people": map[string]any{"type": "integer"}},
	"required":             []string{"city", "people"},
	"additionalProperties": false,
}

// Dot is a picture of one red dot.
const Dot = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
