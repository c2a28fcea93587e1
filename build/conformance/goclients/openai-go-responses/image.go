package main

import (
	"context"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"

	"goclients/scenario"
)

func image(ctx context.Context) (seen scenario.Seen, err error) {
	q := question()
	picture := responses.ResponseInputContentParamOfInputImage(responses.ResponseInputImageDetailAuto)
	picture.OfInputImage.ImageURL = openai.String(scenario.Dot)
	q.Input = responses.ResponseNewParamsInputUnion{OfInputItemList: responses.ResponseInputParam{
		responses.ResponseInputItemParamOfMessage(responses.ResponseInputMessageContentListParam{
			responses.ResponseInputContentParamOfInputText(scenario.Question), picture,
		}, responses.EasyInputMessageRoleUser),
	}}
	answer, err := client.Responses.New(ctx, q)
	if err != nil {
		return seen, err
	}
	return scenario.Seen{Text: answer.OutputText()}, nil
}
