package offline

import (
	"net/http"
	"strconv"
	"time"
)

// refusals are the API's errors, in the API's own words as far as they are known:
// the CLI tells some of them apart by their text.
func refusals() []Scenario {
	return []Scenario{
		failing("unauthorized", "the login has expired", 401, "authentication_error",
			"OAuth token has expired. Please obtain a new token or refresh your existing token."),
		failing("forbidden", "the organisation does not allow this login", 403, "permission_error",
			"OAuth authentication is currently not allowed for this organization."),
		failing("revoked", "the login was revoked", 403, "permission_error",
			"OAuth token has been revoked. Please obtain a new token."),
		{"not_found", "", "there is no such model", func(req *Request, _ string) Reply {
			return noSuchModel(req.Model)
		}},
		failing("too_long", "the prompt does not fit the model", 400, "invalid_request_error",
			"prompt is too long: 210000 tokens > 200000 maximum"),
		failing("invalid", "a request that the API does not accept", 400, "invalid_request_error",
			"messages.0.content: Input should be a valid list"),
		failing("too_large", "the request is over 32 MB", 413, "request_too_large",
			"Request exceeds the maximum size"),
		withHeaders(failing("rate_limited", "too many requests for now, retry after 7 s", 429, "rate_limit_error",
			"This request would exceed your account's rate limit. Please try again later."),
			func() http.Header { return http.Header{"Retry-After": {"7"}} }),
		withHeaders(failing("usage_limit", "the plan's five-hour window is used up", 429, "rate_limit_error",
			"This request would exceed your account's rate limit. Please try again later."), usedUp),
		withHeaders(answering("usage_warning", "an answer, and 91 % of the five-hour window is used"), nearlyUsedUp),
		withHeaders(answering("usage_allowed", "an answer, and 12 % of the five-hour window is used"), hardlyUsed),
		failing("extra_usage", "the plan does not cover this, extra usage would", 400, "invalid_request_error",
			"Third-party apps now draw from your extra usage, not your plan limits. Add more at claude.ai/settings/usage and keep going."),
		failing("billing", "there is no credit left", 400, "invalid_request_error",
			"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."),
		failing("overloaded", "the API has no capacity", 529, "overloaded_error", "Overloaded"),
		failing("server_error", "the API fails", 500, "api_error", "Internal server error"),
	}
}

func failing(name, about string, status int, errorType, message string) Scenario {
	return Scenario{name, "", about, func(*Request, string) Reply { return Fail(status, errorType, message) }}
}

func answering(name, about string) Scenario {
	return Scenario{name, "", about, func(*Request, string) Reply {
		return Text("This answer ", "came with ", "usage headers.")
	}}
}

// withHeaders asks for the headers at each answer, because they hold times.
func withHeaders(s Scenario, headers func() http.Header) Scenario {
	inner := s.play
	s.play = func(req *Request, arg string) Reply {
		return Script(inner(req, arg), Reply{header: headers()})
	}
	return s
}

func noSuchModel(model string) Reply {
	return Fail(http.StatusNotFound, "not_found_error", "model: "+model)
}

// The unified headers report a subscription's two windows, of five hours and of
// seven days: a status of "allowed", "allowed_warning" or "rejected", a used
// fraction, and the time at which the window opens again, in seconds since 1970.
// Anthropic does not document them; these are the names that Claude Code reads.
const unified = "Anthropic-Ratelimit-Unified-"

func usedUp() http.Header {
	h := windows("rejected", "1.0")
	h.Set("Retry-After", "3600")
	h.Set(unified+"Overage-Status", "rejected")
	h.Set(unified+"Overage-Disabled-Reason", "overage_not_provisioned")
	return h
}

func nearlyUsedUp() http.Header {
	h := windows("allowed_warning", "0.91")
	h.Set(unified+"5h-Surpassed-Threshold", "0.9")
	return h
}

func hardlyUsed() http.Header { return windows("allowed", "0.12") }

func windows(status, fiveHourUse string) http.Header {
	now := time.Now()
	soon := strconv.FormatInt(now.Add(time.Hour).Unix(), 10)
	later := strconv.FormatInt(now.Add(4*24*time.Hour).Unix(), 10)
	return http.Header{
		unified + "Status":               {status},
		unified + "Reset":                {soon},
		unified + "Representative-Claim": {"five_hour"},
		unified + "Fallback-Percentage":  {"0.5"},
		unified + "5h-Status":            {status},
		unified + "5h-Reset":             {soon},
		unified + "5h-Utilization":       {fiveHourUse},
		unified + "7d-Status":            {"allowed"},
		unified + "7d-Reset":             {later},
		unified + "7d-Utilization":       {"0.42"},
	}
}
