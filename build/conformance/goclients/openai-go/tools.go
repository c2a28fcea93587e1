package main

import (
	"context"

	"github.com/openai/openai-go/v3"

	"goclients/scenario"
)

func functions() (all []openai.ChatCompletionToolUnionParam) {
	for _, f := range scenario.Functions {
		all = append(all, openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{
			Name: f.Name, Description: openai.String(f.Description), Parameters: scenario.Parameters,
		}))
	}
	return all
}

// loop runs what the model calls and asks again, until there is an answer.
func loop(seen *scenario.Seen, ask func(openai.ChatCompletionNewParams) (openai.ChatCompletion, error)) error {
	q := question()
	q.Tools = functions()
	for {
		answer, err := ask(q)
		if err != nil {
			return err
		}
		message := answer.Choices[0].Message
		if len(message.ToolCalls) == 0 {
			seen.Text = message.Content
			return nil
		}
		q.Messages = append(q.Messages, message.ToParam())
		for _, call := range message.ToolCalls {
			result, err := seen.Call(call.Function.Name, call.Function.Arguments)
			if err != nil {
				return err
			}
			q.Messages = append(q.Messages, openai.ToolMessage(result, call.ID))
		}
	}
}

func tools(ctx context.Context) (seen scenario.Seen, err error) {
	return seen, loop(&seen, func(q openai.ChatCompletionNewParams) (openai.ChatCompletion, error) {
		answer, err := client.Chat.Completions.New(ctx, q)
		if err != nil {
			return openai.ChatCompletion{}, err
		}
		return *answer, nil
	})
}
