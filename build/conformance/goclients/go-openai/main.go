// Command go-openai plays scenarios with sashabaranov's client.
package main

import (
	"context"
	"errors"
	"fmt"

	openai "github.com/sashabaranov/go-openai"

	"goclients/scenario"
)

var client = func() *openai.Client {
	config := openai.DefaultConfig(scenario.APIKey)
	config.BaseURL = scenario.BaseURL
	return openai.NewClientWithConfig(config)
}()

func main() {
	scenario.Run(map[string]func(context.Context) (scenario.Seen, error){
		"models": models, "chat": chat, "stream": stream, "image": image,
		"tools": tools, "tools-stream": toolsStream, "tool-choice": toolChoice,
		"json": jsonSchema, "json-object": jsonObject, "json-refused": jsonRefused,
		"errors": failures, "broken-stream": brokenStream, "abort": abort,
	})
}

// question is the request that most scenarios begin with.
func question() openai.ChatCompletionRequest {
	return openai.ChatCompletionRequest{
		Model: scenario.Model,
		Messages: []openai.ChatCompletionMessage{
			{Role: openai.ChatMessageRoleSystem, Content: scenario.System},
			{Role: openai.ChatMessageRoleUser, Content: scenario.Question},
		},
		MaxCompletionTokens: scenario.MaxTokens,
	}
}

func usageOf(u openai.Usage) scenario.Usage {
	return scenario.Usage{Prompt: u.PromptTokens, Completion: u.CompletionTokens}
}

// failure gives what is no error of the API back.
func failure(err error) (scenario.Thrown, error) {
	api, ok := errors.AsType[*openai.APIError](err)
	if !ok {
		return scenario.Thrown{}, err
	}
	thrown := scenario.Thrown{Status: api.HTTPStatusCode, Code: fmt.Sprint(api.Code), Message: api.Message}
	if api.Param != nil {
		thrown.Param = *api.Param
	}
	return thrown, nil
}
