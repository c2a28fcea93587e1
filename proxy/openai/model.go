package openai

import (
	"time"

	"claude-max-api-proxy/proxy/wire"
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
	return wire.Marshal(list)
}

// ModelBody is the answer to GET /v1/models/{id}.
func ModelBody(m Model) []byte {
	return wire.Marshal(m.object())
}
