package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The list of clients names the models of the proxy that runs, and whatever else may
// listen there, the three that every proxy has.
func TestTheModelsAreThoseOfTheRunningProxy(t *testing.T) {
	always := []string{"claude-opus-4", "claude-sonnet-4", "claude-haiku-4"}
	answer := `{"object": "list", "data": [{"id": "claude-opus-4"}, {"id": "claude-opus-4-8"}]}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/v1/models", r.URL.Path)
		if r.Header.Get("Authorization") != "Bearer sesame" {
			answer = `{"error": {"message": "no"}}`
		}
		_, _ = w.Write([]byte(answer))
	}))
	url := server.URL + "/v1"
	assert.Equal(t, []string{"claude-opus-4", "claude-opus-4-8"}, models(t.Context(), url, "sesame"))
	for _, other := range []string{`{"data": []}`, "It works!", "", "[]"} {
		answer = other
		assert.Equal(t, always, models(t.Context(), url, "sesame"), other)
	}
	assert.Equal(t, always, models(t.Context(), url, ""), "it wants a key")
	server.Close()
	assert.Equal(t, always, models(t.Context(), url, "sesame"), "nobody is there")
}
