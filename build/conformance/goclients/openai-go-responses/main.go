// Command openai-go-responses plays scenarios with OpenAI's own client for Go and the
// Responses API.
package main

import (
	"context"
	"errors"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"goclients/scenario"
)

// Each failure is to be seen once, not what a repetition makes of it.
var client = openai.NewClient(
	option.WithBaseURL(scenario.BaseURL), option.WithAPIKey(scenario.APIKey), option.WithMaxRetries(0),
)

func main() {
	scenario.Run(map[string]func(context.Context) (scenario.Seen, error){
		"chat": chat, "stream": stream, "image": image, "thinking": thinking, "previous": previous,
		"tools": tools, "tools-stream": toolsStream, "tool-choice": toolChoice,
		"json": jsonSchema, "json-object": jsonObject, "json-refused": jsonRefused,
		"errors": failures, "broken-stream": brokenStream, "abort": abort,
	})
}

// question is the request that most scenarios begin with.
func question() responses.ResponseNewParams {
	return responses.ResponseNewParams{
		Model: scenario.Model, Instructions: openai.String(scenario.System), MaxOutputTokens: openai.Int(scenario.MaxTokens),
		Input: says(scenario.Question),
	}
}

// says is what a person says.
func says(text string) responses.ResponseNewParamsInputUnion {
	return responses.ResponseNewParamsInputUnion{OfString: openai.String(text)}
}

func usageOf(u responses.ResponseUsage) scenario.Usage {
	return scenario.Usage{Prompt: int(u.InputTokens), Completion: int(u.OutputTokens)}
}

// failure gives what is no error of the API back.
func failure(err error) (scenario.Thrown, error) {
	api, ok := errors.AsType[*openai.Error](err)
	if !ok {
		return scenario.Thrown{}, err
	}
	return scenario.Thrown{Status: api.StatusCode, Code: api.Code, Message: api.Message, Param: api.Param}, nil
}
