package anthropic

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
)

// A kind without an entry would be answered as our own defect.
func TestEveryKindOfTheNeutralModelHasAnAnswer(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../conversation/error.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	kinds := 0
	for _, declaration := range file.Decls {
		constants, ok := declaration.(*ast.GenDecl)
		if !ok || constants.Tok != token.CONST {
			continue
		}
		for _, spec := range constants.Specs {
			constant := spec.(*ast.ValueSpec)
			if name, ok := constant.Type.(*ast.Ident); !ok || name.Name != "Kind" {
				continue
			}
			for i, value := range constant.Values {
				text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				require.NoError(t, err)
				kinds++
				assert.Contains(t, answers, conversation.Kind(text), constant.Names[i].Name)
			}
		}
	}
	assert.Len(t, answers, kinds, "and no entry is left over")
}

func TestErrorsHaveAnthropicsShape(t *testing.T) {
	status, body := ErrorBody(&conversation.Error{Kind: conversation.Billing, Message: "No <credit>.", Hint: "Pay."}, "req_1")
	assert.Equal(t, 402, status)
	assert.Equal(t, `{"type":"error","error":{"type":"billing_error","message":"No <credit>. Pay."},"request_id":"req_1"}`, string(body))

	status, _ = ErrorBody(&conversation.Error{Kind: conversation.Upstream, Status: 599}, "")
	assert.Equal(t, 599, status, "upstream's own says more")
	status, _ = ErrorBody(&conversation.Error{Kind: conversation.Upstream, Status: 404}, "")
	assert.Equal(t, 502, status)
	status, _ = ErrorBody(&conversation.Error{Kind: "new"}, "")
	assert.Equal(t, 500, status)
}

// The SDK's tool runner asks for a thread by itself, and goes on without one when it finds exactly
// this in the error.
func TestAThreadIsRefusedInTheWordsThatSDKsKnow(t *testing.T) {
	_, err := Decode([]byte(with(`"thread":{"type":"create"}`)))
	require.NotNil(t, err)
	status, body := ErrorBody(err, "req_1")
	assert.Equal(t, 400, status)
	assert.JSONEq(t, `{"type":"error","error":{"type":"invalid_request_error",
		"message":"thread cannot be used: there are no message threads here. Leave it out, and send the whole conversation.",
		"details":{"error_code":"thread_unsupported_request","unsupported":["thread"]}},"request_id":"req_1"}`, string(body))
}

func TestTheStatusDecidesOnTheType(t *testing.T) {
	for status, want := range map[int]string{
		400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error", 404: "not_found_error",
		405: "invalid_request_error", 408: "timeout_error", 413: "request_too_large", 415: "invalid_request_error",
		429: "rate_limit_error", 499: "invalid_request_error", 500: "api_error", 503: "api_error",
	} {
		var body struct {
			Type      string
			Error     struct{ Type, Message string }
			RequestID string `json:"request_id"`
		}
		require.NoError(t, json.Unmarshal(StatusBody(status, "No.", "req_1"), &body))
		assert.Equal(t, [4]string{"error", want, "No.", "req_1"}, [4]string{body.Type, body.Error.Type, body.Error.Message, body.RequestID}, status)
	}
}
