package anthropic

import (
	"cmp"
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/wire"
)

// VersionHeader is what Anthropic's clients send with every request, and no others do.
const VersionHeader = "Anthropic-Version"

type model struct {
	Type        string `json:"type"` // "model"
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	CreatedAt   string `json:"created_at"` // RFC 3339
}

func newModel(m conversation.Model, created time.Time) model {
	return model{"model", m.ID, cmp.Or(m.Name, m.ID), created.UTC().Format(time.RFC3339)}
}

// ModelBody is one model in the form of https://docs.anthropic.com/en/api/models.
func ModelBody(m conversation.Model, created time.Time) []byte {
	return wire.Marshal(newModel(m, created))
}

// ModelListBody is the list of models in the same form; there is one page.
func ModelListBody(models []conversation.Model, created time.Time) []byte {
	list := struct {
		Data    []model `json:"data"`
		HasMore bool    `json:"has_more"`
		FirstID *string `json:"first_id"`
		LastID  *string `json:"last_id"`
	}{Data: []model{}}
	for _, m := range models {
		list.Data = append(list.Data, newModel(m, created))
	}
	if n := len(list.Data); n > 0 {
		list.FirstID, list.LastID = &list.Data[0].ID, &list.Data[n-1].ID
	}
	return wire.Marshal(list)
}
