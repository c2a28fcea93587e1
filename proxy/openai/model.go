package openai

import (
	"strings"
	"time"
)

// Model is an entry of the model list.
type Model struct {
	// ID is the name that a request may give.
	ID string
	// Created is when the model appeared.
	Created time.Time
}

type modelObject struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

type modelList struct {
	Object string        `json:"object"`
	Data   []modelObject `json:"data"`
}

func (m Model) object() modelObject {
	return modelObject{m.ID, "model", m.Created.Unix(), "anthropic"}
}

// ModelListBody is the answer to GET /v1/models.
func ModelListBody(models []Model) []byte {
	list := modelList{Object: "list", Data: make([]modelObject, 0, len(models))}
	for _, m := range models {
		list.Data = append(list.Data, m.object())
	}
	return Marshal(list)
}

// ModelBody is the answer to GET /v1/models/{id}.
func ModelBody(m Model) []byte {
	return Marshal(m.object())
}

// prefixes are the provider names that clients and gateways put before a model's
// name. Only known ones are taken off: a slash may be part of a name, as it is
// in Bedrock's and Vertex's.
var prefixes = []string{
	"openai/",
	"anthropic/",
	"claude-code-cli/",
	"claude-code/",
	"claude-max/",
	"claude-max-api-proxy/",
	"claude-proxy/",
}

// StripPrefix takes off the provider names that a client has put before the
// name of the model, also several and in any case: "openai/Claude-Max/opus" is
// "opus".
func StripPrefix(model string) string {
	for {
		rest := model
		for _, prefix := range prefixes {
			if len(rest) >= len(prefix) && strings.EqualFold(rest[:len(prefix)], prefix) {
				rest = rest[len(prefix):]
			}
		}
		if rest == model {
			return model
		}
		model = rest
	}
}
