package claude

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// atThePrompt is what only somebody who sits at the CLI can do, or what is not so.
const atThePrompt = `--model|/(login|model|compact|rewind)\b|gateway|ANTHROPIC_|\besc\b|was removed|[Rr]e-read|your usage limit`

// Whichever CLI it is, a client reads the same, and what it reads is for it.
func TestWhatTheCLISaysIsToldForAnAPIClient(t *testing.T) {
	const (
		signIn  = " Sign in again with `claude auth login` in a terminal; the next request uses the new login, the proxy need not be restarted."
		network = "Claude Code's connection to Anthropic failed (ECONNRESET). Send the request again; if it fails again, look at the network connection of the machine that the proxy runs on."
	)
	for scenario, want := range map[string]string{
		"unauthorized":           "Claude Code is not signed in, or its login is no longer accepted. Anthropic says: “OAuth token has expired. Please obtain a new token or refresh your existing token”." + signIn,
		"revoked":                "Claude Code is not signed in, or its login is no longer accepted." + signIn,
		"forbidden":              "The account's organization does not allow this. Sign in with another account (`claude auth login`) or ask the organization's administrator.",
		"too_long":               "The prompt is too long for the model's context window: it has about 210000 tokens, and the limit is 200000. Shorten or compact the conversation, or start a new one.",
		"invalid":                "Anthropic did not accept the request. Anthropic says: “messages.0.content: Input should be a valid list”. Change the request; sending it again as it is will not help.",
		"too_large":              "The request is larger than Anthropic accepts. Send fewer or smaller images and files.",
		"billing":                "Anthropic wants credit or payment for this account: its credit balance is too low. Look at the billing page of the account that Claude Code is signed in with.",
		"overloaded":             "Anthropic has no capacity at the moment. Anthropic says: “Overloaded”. This is usually over soon; send the request again.",
		"server_error":           "Anthropic's server failed with status 500. Anthropic says: “Internal server error”. This is usually over soon; send the request again.",
		"cut_early":              network,
		"error_event":            "Anthropic has no capacity at the moment. This is usually over soon; send the request again.",
		"error_event(api_error)": "Claude Code got no whole answer from Anthropic. Claude Code says: “Internal server error”. This is usually over soon; send the request again.",
	} {
		for _, version := range claudetest.Versions {
			p := play(t, recording(t, version, scenario))
			require.NotNil(t, p.err, scenario)
			assert.Equal(t, want, p.err.Error(), scenario+" "+version)
		}
	}
	for _, scenario := range recorded {
		for _, version := range claudetest.Versions {
			if p := play(t, recording(t, version, scenario)); p.err != nil {
				assert.NotRegexp(t, atThePrompt, p.err.Error(), scenario+" "+version)
			}
		}
	}
}

// These the CLIs say for other failures than the recorded ones.
func TestOtherWordsOfTheCLI(t *testing.T) {
	for _, test := range []struct {
		code   string
		status int
		said   string
		kind   conversation.Kind
		want   string
	}{
		{"authentication_failed", 401, "Not logged in · Please run /login", conversation.SignInNeeded, "Claude Code is not signed in, or its login is no longer accepted."},
		{"authentication_failed", 403, "Failed to authenticate. API Error: 403 Your account does not have permission for this model.", conversation.PermissionDenied, "Anthropic does not allow this account to do this. Anthropic says: “Your account does not have permission for this model”."},
		{"authentication_failed", 403, "Failed to authenticate. API Error: 403 OAuth token lacks a scope.", conversation.SignInNeeded, "Claude Code is not signed in, or its login is no longer accepted. Anthropic says: “OAuth token lacks a scope”."},
		{"authentication_failed", 403, "Failed to authenticate. API Error: 403 Your token has been revoked.", conversation.SignInNeeded, "Claude Code is not signed in, or its login is no longer accepted. Anthropic says: “Your token has been revoked”."},
		{"authentication_failed", 403, "Failed to authenticate. API Error: 403 The security token included in the request is expired.", conversation.SignInNeeded, "Claude Code is not signed in, or its login is no longer accepted. Anthropic says: “The security token included in the request is expired”."},
		{"account_on_hold", 0, "Your account is on hold and can't use Claude Code. View details or appeal: https://claude.ai/restricted", conversation.PermissionDenied, "Anthropic wants something of the account's owner before it answers again. Claude Code says: “Your account is on hold and can't use Claude Code. View details or appeal: https://claude.ai/restricted”."},
		{"verification_required", 403, "API Error: 403 Verify your identity to go on.", conversation.PermissionDenied, "Anthropic wants something of the account's owner before it answers again. Anthropic says: “Verify your identity to go on”."},
		{"cloud_credential_error", 0, "API Error: Could not load AWS credentials · The SSO session has expired.", conversation.PermissionDenied, "Claude Code has no cloud credentials that work. Claude Code says: “Could not load AWS credentials. The SSO session has expired”."},
		{"authentication_failed", 403, "Failed to authenticate. API Error: 403 Your plan is not permitted to use more than 200000 tokens of context.", conversation.PermissionDenied, "Anthropic does not allow this account to do this. Anthropic says: “Your plan is not permitted to use more than 200000 tokens of context”."},
		{"authentication_failed", 403, "Failed to authenticate. API Error: 403 This account was assigned to a workspace that may not use this model.", conversation.PermissionDenied, "Anthropic does not allow this account to do this. Anthropic says: “This account was assigned to a workspace that may not use this model”."},
		{"authentication_failed", 403, "Failed to authenticate. API Error: 403 This credential is only authorized for use with Claude Code.", conversation.PermissionDenied, "Anthropic does not allow this account to do this. Anthropic says: “This credential is only authorized for use with Claude Code”."},
		{"invalid_request", 400, "API Error: 400 tools.0.description must not contain 'credit balance is too low'.", conversation.InvalidRequest, "Anthropic did not accept the request. Anthropic says: “tools.0.description must not contain 'credit balance is too low'”."},
		{"authentication_failed", 401, "Failed to authenticate. API Error: 401 No login for extra usage.", conversation.SignInNeeded, "Claude Code is not signed in, or its login is no longer accepted. Anthropic says: “No login for extra usage”."},
		{"unknown", 400, "API Error: 400 Your credit balance is too low to access the Anthropic API.", conversation.Billing, "Anthropic wants credit or payment for this account: its credit balance is too low. Anthropic says: “Your credit balance is too low to access the Anthropic API”."},
		{"unknown", 402, "API Error: 402 Payment required.", conversation.Billing, "Anthropic wants credit or payment for this account. Anthropic says: “Payment required”."},
		{"model_not_found", 404, "There's an issue with the selected model (claude-x-1). It may not exist or you may not have access to it. Run --model to pick a different model.", conversation.ModelNotFound, "Anthropic does not offer the model claude-x-1 to the account."},
		{"invalid_request", 400, "API Error: an image in the conversation could not be processed and was removed. Re-read the file with a different approach if you still need it.", conversation.InvalidRequest, "Anthropic could not read an image of the conversation."},
		{"invalid_request", 400, "Image was too large. Try resizing the image or using a different approach.", conversation.InvalidRequest, "An image of the conversation is larger than Anthropic accepts."},
		{"invalid_request", 400, "The PDF file was not valid. Try converting it to text first (e.g., pdftotext).", conversation.InvalidRequest, "Anthropic could not read a PDF file of the conversation."},
		{"invalid_request", 400, "API Error: 400 due to tool use concurrency issues. Run /rewind to recover the conversation.", conversation.InvalidRequest, "Anthropic did not accept the tool calls and results of the conversation."},
		{"server_error", 0, "API Error: Connection dropped (ECONNRESET). Check the gateway set in ANTHROPIC_BASE_URL, then try again.", conversation.Upstream, "Claude Code's connection to Anthropic failed (ECONNRESET)."},
		{"server_error", 0, "API Error: Unable to connect to API: SSL certificate verification failed (UNABLE_TO_GET_ISSUER_CERT_LOCALLY)", conversation.Upstream, "Claude Code's connection to Anthropic failed (UNABLE_TO_GET_ISSUER_CERT_LOCALLY)."},
		{"unknown", 0, "API Error: Something new. Run /login to see it.", conversation.Upstream, "Claude Code got no whole answer from Anthropic. Claude Code says: “Something new”."},
		{"unknown", 0, "", conversation.Upstream, "Claude Code got no whole answer from Anthropic."},
		{"rate_limit", 429, "API Error: Server is temporarily limiting requests (not your usage limit) · Slow down.", conversation.RateLimited, "Anthropic wants fewer requests at the moment; the plan itself is not used up. Anthropic says: “Slow down”."},
	} {
		a := answer{errorCode: test.code}
		_, _, failure := a.step(streamjson.Result{IsError: true, APIErrorStatus: test.status, Text: test.said})
		require.NotNil(t, failure, test.said)
		assert.Equal(t, test.kind, failure.Kind, test.said)
		assert.Equal(t, test.want, failure.Message)
		assert.NotEmpty(t, failure.Hint)
		assert.NotRegexp(t, atThePrompt, failure.Error())
	}
}
