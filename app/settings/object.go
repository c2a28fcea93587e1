package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// member is one entry of the file's object, with its text as it stands there.
type member struct {
	key   string
	name  []byte          // the key as it is written, with its quotes
	value json.RawMessage // as it is written, blanks within included
	line  int             // where the key stands in the file; 0: nowhere yet
}

// members takes the file's object apart, in its order. A key may stand twice.
// Errors name the line.
func members(text []byte) ([]member, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // Windows' editor puts it there
	in := json.NewDecoder(bytes.NewReader(text))
	at := func(offset int64, err error) error {
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &syntax):
			offset = syntax.Offset
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			offset, err = int64(len(text)), errors.New("the end is missing")
		}
		return fmt.Errorf("line %d: %w", lineOf(text, offset), err)
	}
	start, err := in.Token()
	if err != nil {
		return nil, at(0, err)
	}
	if start != json.Delim('{') {
		return nil, at(0, errors.New("the file must be one JSON object, {…}"))
	}
	var all []member
	for in.More() {
		before := in.InputOffset()
		token, err := in.Token()
		if err != nil {
			return nil, at(in.InputOffset(), err)
		}
		after := in.InputOffset()
		m := member{
			key:  token.(string), // the decoder gives nothing else in this place
			name: bytes.TrimLeft(text[before:after], ", \t\r\n"),
			line: lineOf(text, after),
		}
		if err := in.Decode(&m.value); err != nil {
			return nil, at(after, err)
		}
		all = append(all, m)
	}
	if _, err := in.Token(); err != nil { // the closing brace
		return nil, at(in.InputOffset(), err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, at(in.InputOffset(), errors.New("something follows the closing brace"))
	}
	return all, nil
}

// format puts an object together again, an entry a line, indented by two spaces.
func format(all []member) []byte {
	if len(all) == 0 {
		return []byte("{}\n")
	}
	var text bytes.Buffer
	between := "{\n  "
	for _, m := range all {
		text.WriteString(between)
		text.Write(m.name)
		text.WriteString(": ")
		text.Write(m.value)
		between = ",\n  "
	}
	text.WriteString("\n}\n")
	return text.Bytes()
}

func lineOf(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
}
