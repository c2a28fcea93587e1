// Command openai-go plays scenarios with OpenAI's own client for Go.
package main

import (
	"context"
	"errors"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"goclients/scenario"
)

// Each failure is to be seen once, not what a repetition makes of it.
var client = openai.NewClient(
	option.WithBaseURL(scenario.BaseURL), option.WithAPIKey(scenario.APIKey), option.WithMaxRetries(0),
)

func main() {
	scenario.Run(map[string]func(context.Context) (scenario.Seen, error){
		"models": models, "chat": chat, "stream": stream, "image": image,
		"tools": tools, "tools-stream": toolsStream, "tool-choice": toolChoice,
		"json": jsonSchema, "json-object": jsonObject, "json-refused": jsonRefused,
		"errors": failures, "broken-stream": brokenStream, "abort": abort,
	})
}

// question is the request that most scenarios begin with.
func question() openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model: scenario.Model,
		Messages: []openai.ChatCompletionMessageParamUnion{
			openai.SystemMessage(scenario.System), openai.UserMessage(scenario.Question),
		},
		MaxCompletionTokens: openai.Int(scenario.MaxTokens),
	}
}

func usageOf(u openai.CompletionUsage) scenario.Usage {
	return scenario.Usage{Prompt: int(u.PromptTokens), Completion: int(u.CompletionTokens)}
}

// failure gives what is no error of the API back.
func failure(err error) (scenario.Thrown, error) {
	if broken, ok := errors.AsType[*ssestream.StreamError](err); ok {
		return scenario.Thrown{Message: broken.Message}, nil
	}
	api, ok := errors.AsType[*openai.Error](err)
	if !ok {
		return scenario.Thrown{}, err
	}
	return scenario.Thrown{Status: api.StatusCode, Code: api.Code, Message: api.Message, Param: api.Param}, nil
}
