package main

import (
	"context"

	openai "github.com/sashabaranov/go-openai"

	"goclients/scenario"
)

func functions() (all []openai.Tool) {
	for _, f := range scenario.Functions {
		all = append(all, openai.Tool{
			Type:     openai.ToolTypeFunction,
			Function: &openai.FunctionDefinition{Name: f.Name, Description: f.Description, Parameters: scenario.Parameters},
		})
	}
	return all
}

// loop runs what the model calls and asks again, until there is an answer.
func loop(seen *scenario.Seen, ask func(openai.ChatCompletionRequest) (openai.ChatCompletionMessage, error)) error {
	q := question()
	q.Tools = functions()
	for {
		message, err := ask(q)
		if err != nil {
			return err
		}
		if len(message.ToolCalls) == 0 {
			seen.Text = message.Content
			return nil
		}
		q.Messages = append(q.Messages, message)
		for _, call := range message.ToolCalls {
			result, err := seen.Call(call.Function.Name, call.Function.Arguments)
			if err != nil {
				return err
			}
			q.Messages = append(q.Messages, openai.ChatCompletionMessage{
				Role: openai.ChatMessageRoleTool, ToolCallID: call.ID, Content: result,
			})
		}
	}
}

func tools(ctx context.Context) (seen scenario.Seen, err error) {
	return seen, loop(&seen, func(q openai.ChatCompletionRequest) (openai.ChatCompletionMessage, error) {
		answer, err := client.CreateChatCompletion(ctx, q)
		if err != nil {
			return openai.ChatCompletionMessage{}, err
		}
		return answer.Choices[0].Message, nil
	})
}
