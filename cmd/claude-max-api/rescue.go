package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/app/settings"
)

// telling are the settings whose loss would change who may ask, or who pays.
var telling = []string{"api_key", "credentials", "claude_env"}

// rescue is for a settings file that is not right when nobody may be at a terminal: it
// is kept aside and the defaults take its place, which the notice tells. One that may
// say who may ask or who pays stays where it is: then the error says what is wrong
// with it, and the proxy stays down until it is mended. nil and nil is for a file that
// has nothing wrong.
func (f *flags) rescue() (*app.Notice, error) {
	path := f.path()
	_, _, broken := settings.Load(path)
	if broken == nil {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, broken
	}
	for _, key := range telling {
		if bytes.Contains(text, []byte(key)) {
			return nil, broken
		}
	}
	aside, err := settings.SetAside(path)
	if err != nil {
		return nil, errors.Join(broken, err)
	}
	return &app.Notice{
		Title: "The settings file was not right",
		Body:  fmt.Sprintf("The defaults are in force. Your file is kept as %s. %s", aside, app.Sentence(broken.Error())),
	}, nil
}
