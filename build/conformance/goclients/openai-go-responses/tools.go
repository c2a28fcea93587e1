package main

import (
	"context"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"

	"goclients/scenario"
)

func functions() (all []responses.ToolUnionParam) {
	for _, f := range scenario.Functions {
		all = append(all, responses.ToolUnionParam{OfFunction: &responses.FunctionToolParam{
			Name: f.Name, Description: openai.String(f.Description), Parameters: scenario.Parameters, Strict: openai.Bool(true),
		}})
	}
	return all
}

// loop runs what the model calls and goes on by the response's id, until there is an answer.
func loop(seen *scenario.Seen, ask func(responses.ResponseNewParams) (responses.Response, error)) error {
	q := question()
	q.Tools = functions()
	for {
		answer, err := ask(q)
		if err != nil {
			return err
		}
		var results responses.ResponseInputParam
		for _, item := range answer.Output {
			call, ok := item.AsAny().(responses.ResponseFunctionToolCall)
			if !ok {
				continue
			}
			result, err := seen.Call(call.Name, call.Arguments)
			if err != nil {
				return err
			}
			output := responses.ResponseInputItemParamOfFunctionCallOutput(result)
			output.OfFunctionCallOutput.CallID = openai.String(call.CallID)
			results = append(results, output)
		}
		if len(results) == 0 {
			seen.Text = answer.OutputText()
			return nil
		}
		q.Input = responses.ResponseNewParamsInputUnion{OfInputItemList: results}
		q.PreviousResponseID = openai.String(answer.ID)
	}
}

func tools(ctx context.Context) (seen scenario.Seen, err error) {
	return seen, loop(&seen, func(q responses.ResponseNewParams) (responses.Response, error) {
		answer, err := client.Responses.New(ctx, q)
		if err != nil {
			return responses.Response{}, err
		}
		return *answer, nil
	})
}
