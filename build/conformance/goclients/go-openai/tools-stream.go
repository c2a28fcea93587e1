package main

import (
	"context"

	openai "github.com/sashabaranov/go-openai"

	"goclients/scenario"
)

func toolsStream(ctx context.Context) (seen scenario.Seen, err error) {
	return seen, loop(&seen, func(q openai.ChatCompletionRequest) (openai.ChatCompletionMessage, error) {
		message, _, err := assemble(ctx, q, &seen)
		return message, err
	})
}

// assemble puts a streamed message together, as this client leaves it to its
// users: the pieces of a call have its index.
func assemble(ctx context.Context, q openai.ChatCompletionRequest, seen *scenario.Seen) (
	message openai.ChatCompletionMessage, finish openai.FinishReason, err error,
) {
	message.Role = openai.ChatMessageRoleAssistant
	err = each(ctx, q, func(chunk openai.ChatCompletionStreamResponse) {
		for _, choice := range chunk.Choices {
			message.Content += choice.Delta.Content
			finish = max(finish, choice.FinishReason)
			for _, piece := range choice.Delta.ToolCalls {
				if *piece.Index == len(message.ToolCalls) {
					message.ToolCalls = append(message.ToolCalls, openai.ToolCall{ID: piece.ID, Type: piece.Type})
				}
				call := &message.ToolCalls[*piece.Index].Function
				call.Name += piece.Function.Name
				call.Arguments += piece.Function.Arguments
				if piece.Function.Arguments != "" {
					seen.Pieces++
				}
			}
		}
	})
	return message, finish, err
}
