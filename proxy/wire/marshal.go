package wire

import (
	"bytes"
	"encoding/json"
)

// Marshal gives a wire type's JSON: compact, on one line, and with <, > and & as
// they are, which matter in answers about code and not to any JSON reader. It is
// for types that cannot fail to be encoded, so it panics where one does.
func Marshal(v any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("wire: a type cannot be encoded: " + err.Error())
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
