package claude

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// Hints that more than one failure shares.
const (
	signInHint = "Sign in again with `claude auth login` in a terminal; the next request uses the new login, the proxy need not be restarted."
	retryHint  = "This is usually over soon; send the request again."
	termsURL   = "https://www.anthropic.com/legal/consumer-terms"
)

// statusOverloaded is Anthropic's own HTTP status for "no capacity".
const statusOverloaded = 529

// failure says in our terms why the CLI's turn failed: from the code it gave,
// upstream's status, and its words where they are the only sign. A usage limit is
// never called a sign-in problem, nor the other way round.
func (a *answer) failure(r streamjson.Result) *conversation.Error {
	e := a.classify(r)
	e.Status = r.APIErrorStatus
	if said := strings.TrimSpace(r.Text); said != "" && r.IsError { // else it is an answer
		e.Message += " Claude Code says: “" + said + "”."
	}
	return e
}

func (a *answer) classify(r streamjson.Result) *conversation.Error {
	if a.windowUsedUp(r) {
		return a.usageLimit()
	}
	switch said := strings.ToLower(r.Text); {
	case strings.Contains(said, "extra usage"):
		return &conversation.Error{
			Kind:    conversation.ExtraUsage,
			Message: "Anthropic did not take this request from the plan's included usage.",
			Hint:    "This is Anthropic's decision about your plan, not a fault of the proxy; see your usage settings and the terms: " + termsURL,
		}
	case r.TerminalReason == "prompt_too_long", strings.Contains(said, "prompt is too long"):
		return &conversation.Error{
			Kind:    conversation.ContextLength,
			Message: "The conversation is longer than the model's context window.",
			Hint:    "Shorten or compact the conversation, or start a new one.",
		}
	case strings.Contains(said, "credit balance is too low"):
		a.errorCode = "billing_error"
	}
	code := a.errorCode
	if code == "" || code == "unknown" {
		code = r.APIErrorType
	}
	switch code {
	case "authentication_failed", "authentication_error":
		return &conversation.Error{
			Kind:    conversation.SignInNeeded,
			Message: "Claude Code is not signed in, or its login is no longer accepted.",
			Hint:    signInHint,
		}
	case "oauth_org_not_allowed":
		return &conversation.Error{
			Kind:    conversation.PermissionDenied,
			Message: "The account's organization does not allow this.",
			Hint:    "Sign in with another account (`claude auth login`) or ask the organization's administrator.",
		}
	case "rate_limit", "rate_limit_error":
		// Not with the words "usage limit", not even to say that it is none: OpenClaw
		// gives up where it reads them, and asks again otherwise.
		return &conversation.Error{
			Kind:       conversation.RateLimited,
			Message:    "Anthropic wants fewer requests at the moment; the plan itself is not used up.",
			Hint:       retryHint,
			RetryAfter: delay(a.retry),
		}
	case "model_not_found", "not_found_error":
		return &conversation.Error{
			Kind:    conversation.ModelNotFound,
			Message: "Anthropic does not offer this model to the account.",
			Hint:    "GET /v1/models lists the names that work here.",
		}
	case "overloaded_error":
		return byStatus(statusOverloaded)
	case "billing_error":
		return &conversation.Error{
			Kind:    conversation.Billing,
			Message: "Anthropic wants credit or payment for this account.",
			Hint:    "Look at the billing page of the account that Claude Code is signed in with.",
		}
	}
	e := byStatus(r.APIErrorStatus)
	if e.Kind == conversation.InvalidRequest {
		e.Param = blamed(r.Text)
	}
	return e
}

// blamed is the parameter that upstream refuses, as far as its words tell: models
// differ in what they take, and in what they take together.
func blamed(said string) string {
	for _, param := range []string{conversation.TemperatureParam, conversation.TopPParam, conversation.StopParam, conversation.FormatParam, conversation.EffortParam} {
		if strings.Contains(said, param) {
			return param
		}
	}
	return ""
}

// windowUsedUp tells the plan's usage window, which lasts for hours, from too many
// requests at once, which passes.
func (a *answer) windowUsedUp(r streamjson.Result) bool {
	if r.APIError == "usage_limit_reached" {
		return true
	}
	// The CLI prints "rejected" on every 429; only a window has a name.
	return a.errorCode == "rate_limit" && a.limit.Status == "rejected" && a.limit.RateLimitType != ""
}

func (a *answer) usageLimit() *conversation.Error {
	e := &conversation.Error{
		Kind:    conversation.UsageLimit,
		Message: fmt.Sprintf("The plan's usage limit%s is reached.", windowName(a.limit.RateLimitType)),
		Hint:    "Wait for the reset, or use another model if its limit is a separate one.",
	}
	if a.limit.ResetsAt > 0 {
		reset := time.Unix(a.limit.ResetsAt, 0)
		e.Message = fmt.Sprintf("The plan's usage limit%s is reached; it resets at %s.",
			windowName(a.limit.RateLimitType), reset.Local().Format("15:04 on Mon 2 Jan"))
		e.RetryAfter = max(time.Until(reset), time.Second)
	}
	return e
}

func windowName(kind string) string {
	switch {
	case kind == "five_hour":
		return " (5 hours)"
	case strings.HasPrefix(kind, "seven_day"):
		return " (7 days)"
	}
	return ""
}

func byStatus(status int) *conversation.Error {
	e := &conversation.Error{Kind: conversation.Upstream, Hint: retryHint}
	switch {
	case status == http.StatusUnauthorized:
		e.Kind, e.Hint = conversation.SignInNeeded, signInHint
		e.Message = "Anthropic did not accept Claude Code's login."
	case status == http.StatusForbidden:
		e.Kind, e.Hint = conversation.PermissionDenied, "Look at the account's plan and permissions."
		e.Message = "Anthropic does not allow this account to do this."
	case status == http.StatusRequestEntityTooLarge:
		e.Kind, e.Hint = conversation.TooLarge, "Send fewer or smaller images and files."
		e.Message = "The request is larger than Anthropic accepts."
	case status == http.StatusTooManyRequests:
		e.Kind, e.Message = conversation.RateLimited, "Anthropic limits the rate of requests at the moment."
	case status == statusOverloaded:
		e.Kind, e.Message = conversation.Overloaded, "Anthropic has no capacity at the moment."
	case status >= 500:
		e.Message = fmt.Sprintf("Anthropic's server failed with status %d.", status)
	case status >= 400:
		e.Kind, e.Hint = conversation.InvalidRequest, "Change the request; sending it again as it is will not help."
		e.Message = "Anthropic did not accept the request."
	default:
		e.Message = "Claude Code got no whole answer from Anthropic."
		e.Hint = "Look at the network connection of this machine, then send the request again."
	}
	return e
}
