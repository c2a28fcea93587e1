package claude

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// Hints that more than one failure shares.
const (
	signInHint = "Sign in again with `claude auth login` in a terminal; the next request uses the new login, the proxy need not be restarted."
	retryHint  = "This is usually over soon; send the request again."
	// credentialsHint is for those who let Claude Code pay with what the environment has.
	credentialsHint = "Renew the API key or the cloud credentials that Claude Code is given, and restart the proxy."
	termsURL        = "https://www.anthropic.com/legal/consumer-terms"
)

// statusOverloaded is Anthropic's own HTTP status for "no capacity".
const statusOverloaded = 529

// failure says in our terms why the CLI's turn failed: from the code it gave,
// upstream's status, and its words where they are the only sign. A usage limit is
// never called a sign-in problem, nor the other way round. Upstream's own message is
// quoted; the CLI's own words only where we have none for what happened.
func (a *answer) failure(r streamjson.Result) *conversation.Error {
	if !r.IsError {
		r.Text = "" // it is an answer
	}
	e := a.classify(r)
	e.Status = r.APIErrorStatus
	if e.Kind == conversation.RateLimited || e.Kind == conversation.Overloaded {
		e.RetryAfter = delay(a.retry)
	}
	if theirs := words(r.Text).upstream(); theirs != "" {
		quote(e, "Anthropic", theirs)
	}
	return e
}

// quoting adds the CLI's own words to a failure of which we know nothing better.
func quoting(e *conversation.Error, said words) *conversation.Error {
	if own := said.own(); own != "" && said.upstream() == "" {
		quote(e, "Claude Code", own)
	}
	return e
}

// quote adds what somebody says to the message, which alone may quote the request.
func quote(e *conversation.Error, who, says string) {
	e.Brief = e.Message
	e.Message += " " + who + " says: “" + says + "”."
}

func (a *answer) classify(r streamjson.Result) *conversation.Error {
	if a.windowUsedUp(r) {
		return a.usageLimit()
	}
	switch said := strings.ToLower(r.Text); {
	case r.APIErrorStatus != http.StatusUnauthorized && strings.Contains(said, "extra usage"):
		return quoting(&conversation.Error{
			Kind:    conversation.ExtraUsage,
			Message: "Anthropic did not take this request from the plan's included usage.",
			Hint:    "This is Anthropic's decision about your plan, not a fault of the proxy; see your usage settings and the terms: " + termsURL,
		}, words(r.Text))
	case r.TerminalReason == "prompt_too_long", strings.Contains(said, "prompt is too long"):
		return tooLong(words(r.Text))
	case outOfCredit.MatchString(said):
		e := byStatus(http.StatusPaymentRequired)
		e.Message = "Anthropic wants credit or payment for this account: its credit balance is too low."
		return e
	}
	code := a.errorCode
	if code == "" || code == "unknown" {
		code = r.APIErrorType
	}
	switch code {
	case "authentication_failed", "authentication_error":
		if mayNot(r) {
			return byStatus(http.StatusForbidden)
		}
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
	case "account_on_hold", "verification_required":
		return quoting(&conversation.Error{
			Kind:    conversation.PermissionDenied,
			Message: "Anthropic wants something of the account's owner before it answers again.",
			Hint:    "Open https://claude.ai with this account and do what it says; sending the request again will not help.",
		}, words(r.Text))
	case "cloud_credential_error":
		return quoting(&conversation.Error{
			Kind:    conversation.PermissionDenied,
			Message: "Claude Code has no cloud credentials that work.",
			Hint:    credentialsHint,
		}, words(r.Text))
	case "rate_limit", "rate_limit_error":
		// Not with the words "usage limit", not even to say that it is none: OpenClaw
		// gives up where it reads them, and asks again otherwise.
		return &conversation.Error{
			Kind:    conversation.RateLimited,
			Message: "Anthropic wants fewer requests at the moment; the plan itself is not used up.",
			Hint:    retryHint,
		}
	case "model_not_found", "not_found_error":
		which := "this model"
		if model := words(r.Text).model(); model != "" {
			which = "the model " + model
		}
		return &conversation.Error{
			Kind:    conversation.ModelNotFound,
			Message: "Anthropic does not offer " + which + " to the account.",
			Hint:    "GET /v1/models lists the names that work here.",
		}
	case "overloaded_error":
		return byStatus(statusOverloaded)
	case "billing_error":
		return byStatus(http.StatusPaymentRequired)
	}
	if e := reworded(r.Text); e != nil {
		return e
	}
	if r.APIErrorStatus == 0 {
		return withoutStatus(words(r.Text))
	}
	e := byStatus(r.APIErrorStatus)
	if e.Kind == conversation.InvalidRequest {
		e.Param = blamed(r.Text)
	}
	if e.Kind == conversation.InvalidRequest || e.Kind == conversation.PermissionDenied || e.Kind == conversation.Upstream {
		e = quoting(e, words(r.Text))
	}
	return e
}

// outOfCredit begins upstream's message; what it quotes of a request stands further behind.
var outOfCredit = regexp.MustCompile(`^(api error: (\d{3} )?)?(your )?credit balance is too low`)

// mayNot says that an account that is signed in may not do something. The CLI calls
// every 403 a failed authentication; where it passes upstream's words on, they are
// about something else than the login, unless they say so.
func mayNot(r streamjson.Result) bool {
	said := strings.ToLower(words(r.Text).upstream())
	return r.APIErrorStatus == http.StatusForbidden && said != "" && !aboutLogin.MatchString(said)
}

// Plans have tokens, too, and accounts are assigned to things.
var aboutLogin = regexp.MustCompile(`\boauth\b|\bauthenticat|\b(access|refresh|bearer|security) token|\btoken (has|is|was)\b|\b(invalid|expired|revoked) (token|credential)|\bcredentials? (has|have|is|are)( been)? (invalid|expired|revoked)|\blog(ged)? ?in\b|\bsign(ed)? ?in\b`)

func tooLong(said words) *conversation.Error {
	e := &conversation.Error{
		Kind:    conversation.ContextLength,
		Message: "The prompt is too long for the model's context window.",
		Hint:    "Shorten or compact the conversation, or start a new one.",
	}
	if has, fits := said.tooLong(); has != "" {
		e.Message = fmt.Sprintf("The prompt is too long for the model's context window: it has about %s tokens, and the limit is %s.", has, fits)
	}
	return e
}

// reworded are upstream's refusals for which the CLI has words of its own: they speak of
// files on its disk and of what it will do next, which it is kept from.
func reworded(said string) *conversation.Error {
	for _, known := range []struct{ part, message, hint string }{
		{"image in the conversation could not be processed", "Anthropic could not read an image of the conversation.", "Send it as PNG, JPEG, GIF or WebP, or leave it out."},
		{"Image was too large", "An image of the conversation is larger than Anthropic accepts.", "Scale it down, or leave it out."},
		{"PDF file was not valid", "Anthropic could not read a PDF file of the conversation.", "Look whether the file opens elsewhere, or send its text."},
		{"PDF is password protected", "A PDF file of the conversation is protected by a password.", "Send it without, or send its text."},
		{"PDF too large", "A PDF file of the conversation is larger than Anthropic accepts.", "Send fewer of its pages, or its text."},
		{"tool use concurrency issues", "Anthropic did not accept the tool calls and results of the conversation.", "Look whether each call has one result, right after it; sending it again as it is will not help."},
	} {
		if strings.Contains(said, known.part) {
			return &conversation.Error{Kind: conversation.InvalidRequest, Param: "messages", Message: known.message, Hint: known.hint}
		}
	}
	return nil
}

// withoutStatus is a failure that upstream told in the middle of its answer, or could
// not tell any more.
func withoutStatus(said words) *conversation.Error {
	if said.own() == "Overloaded" {
		return byStatus(statusOverloaded)
	}
	e := &conversation.Error{Kind: conversation.Upstream, Message: "Claude Code got no whole answer from Anthropic.", Hint: retryHint}
	code, found := said.network()
	if !found {
		return quoting(e, said)
	}
	e.Hint = "Send the request again; if it fails again, look at the network connection of the machine that the proxy runs on."
	if code == "" {
		return quoting(e, said)
	}
	e.Message = "Claude Code's connection to Anthropic failed (" + code + ")."
	return e
}

// blamed is the parameter that upstream refuses, as far as its words tell: models
// differ in what they take, and in what they take together.
func blamed(said string) string {
	for _, param := range []string{conversation.TemperatureParam, conversation.TopPParam, conversation.StopParam, conversation.FormatParam, conversation.EffortParam, conversation.ToolChoiceParam} {
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
	return a.errorCode == "rate_limit" && usedUp(a.limit) // "rejected" is every 429
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
	case status == http.StatusPaymentRequired:
		e.Kind, e.Hint = conversation.Billing, "Look at the billing page of the account that Claude Code is signed in with."
		e.Message = "Anthropic wants credit or payment for this account."
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
		e.Message = fmt.Sprintf("Anthropic answered with status %d.", status)
	}
	return e
}
