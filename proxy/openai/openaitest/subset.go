//go:build ignore

// Subset takes the schemas that tests need out of OpenAI's OpenAPI document, as
// one JSON Schema (2020-12):
//
//	go run subset.go openai-openapi.json testdata/openai-schema.json
//
// It follows references, drops what only people read, and turns OpenAPI 3.0's
// "nullable: true", which the document still has in places, into a union with
// null, because JSON Schema does not know it.
package main

import (
	"encoding/json"
	"log"
	"os"
	"strings"
)

// wanted are the schemas that tests name; what they refer to comes along.
var wanted = []string{
	"CreateChatCompletionResponse",
	"CreateChatCompletionStreamResponse",
	"CreateCompletionResponse",
	"ErrorResponse",
	"ListModelsResponse",
	"Model",
	"Response",
	"ResponseItemList",

	"ResponseCompletedEvent",
	"ResponseContentPartAddedEvent",
	"ResponseContentPartDoneEvent",
	"ResponseCreatedEvent",
	"ResponseCustomToolCallInputDeltaEvent",
	"ResponseCustomToolCallInputDoneEvent",
	"ResponseErrorEvent",
	"ResponseFailedEvent",
	"ResponseFunctionCallArgumentsDeltaEvent",
	"ResponseFunctionCallArgumentsDoneEvent",
	"ResponseInProgressEvent",
	"ResponseIncompleteEvent",
	"ResponseOutputItemAddedEvent",
	"ResponseOutputItemDoneEvent",
	"ResponseReasoningSummaryPartAddedEvent",
	"ResponseReasoningSummaryPartDoneEvent",
	"ResponseReasoningSummaryTextDeltaEvent",
	"ResponseReasoningSummaryTextDoneEvent",
	"ResponseTextDeltaEvent",
	"ResponseTextDoneEvent",
}

const refPrefix = "#/components/schemas/"

// dropped are keywords that do not decide about validity. So is "format" in
// 2020-12, and OpenAI's "unixtime" is no registered one.
var dropped = map[string]bool{
	"description": true, "title": true, "example": true, "examples": true,
	"default": true, "deprecated": true, "discriminator": true, "format": true, "nullable": true,
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: go run subset.go <OpenAPI document, JSON> <output>")
	}
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var document struct {
		Info struct {
			Version string `json:"version"`
		} `json:"info"`
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(data, &document); err != nil {
		log.Fatal(err)
	}

	defs := map[string]any{}
	queue := wanted
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if _, ok := defs[name]; ok {
			continue
		}
		schema, ok := document.Components.Schemas[name]
		if !ok {
			log.Fatalf("the document has no schema %s", name)
		}
		defs[name] = translate(schema, &queue)
	}
	out, err := json.MarshalIndent(map[string]any{
		"$comment": "A subset of OpenAI's OpenAPI document " + document.Info.Version + " (MIT), made by subset.go.",
		"$schema":  "https://json-schema.org/draft/2020-12/schema",
		"$defs":    defs,
	}, "", " ")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(os.Args[2], append(out, '\n'), 0o644); err != nil {
		log.Fatal(err)
	}
}

// translate copies a schema into JSON Schema's words and queues what it refers to.
func translate(node any, queue *[]string) any {
	switch node := node.(type) {
	case []any:
		out := make([]any, len(node))
		for i, element := range node {
			out[i] = translate(element, queue)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, value := range node {
			switch ref, isRef := value.(string); {
			case key == "$ref" && isRef:
				name := strings.TrimPrefix(ref, refPrefix)
				*queue = append(*queue, name)
				out[key] = "#/$defs/" + name
			case key == "properties":
				out[key] = translateProperties(value, queue)
			case dropped[key] || strings.HasPrefix(key, "x-"):
			default:
				out[key] = translate(value, queue)
			}
		}
		if node["nullable"] == true {
			return map[string]any{"anyOf": []any{out, map[string]any{"type": "null"}}}
		}
		return out
	default:
		return node
	}
}

// translateProperties keeps all names: a property may be called "title".
func translateProperties(properties any, queue *[]string) any {
	out := map[string]any{}
	for name, schema := range properties.(map[string]any) {
		out[name] = translate(schema, queue)
	}
	return out
}
