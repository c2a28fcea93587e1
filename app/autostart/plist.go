package autostart

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// parsePlist reads a launchd job, man 5 launchd.plist, as far as it says what is
// started at login.
func parsePlist(text string) kept {
	k := kept{on: true}
	job, err := parseJob(text)
	if err == nil && len(job.program) == 0 {
		err = errors.New("it names no program")
	}
	if err != nil {
		k.reason = fmt.Errorf("it is no launchd job: %w", err)
		return k
	}
	k.on = job.atLoad && !job.disabled
	k.argv = job.program
	return k
}

type job struct {
	program          []string
	atLoad, disabled bool
}

// parseJob walks the top dictionary, in which keys and values take turns.
func parseJob(text string) (j job, err error) {
	d := xml.NewDecoder(strings.NewReader(text))
	depth, key := 0, ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && depth == 0 {
			return j, nil
		}
		if err != nil {
			return job{}, err
		}
		switch token := token.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			name := token.Name.Local
			if depth < 2 {
				if name != [...]string{"plist", "dict"}[depth] {
					return job{}, fmt.Errorf("<%s> is in the wrong place", name)
				}
				depth++
				continue
			}
			if err := j.take(d, token, &key); err != nil {
				return job{}, err
			}
		}
	}
}

// take reads one element of the dictionary, to its end.
func (j *job) take(d *xml.Decoder, element xml.StartElement, key *string) error {
	name := element.Name.Local
	switch {
	case name == "key":
		return d.DecodeElement(key, &element)
	case *key == "ProgramArguments" && name == "array":
		var array struct {
			Strings []string `xml:"string"`
		}
		err := d.DecodeElement(&array, &element)
		j.program = array.Strings
		return err
	case *key == "RunAtLoad":
		j.atLoad = name == "true"
	case *key == "Disabled":
		j.disabled = name == "true"
	}
	return d.Skip()
}
