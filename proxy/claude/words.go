package claude

import (
	"regexp"
	"strings"
)

// words are what the CLI said when a turn failed, read for somebody who has only an API
// client: the CLI speaks to a person at its prompt, and tells them to run a command
// there, or to look at a gateway that is none.
type words string

// Upstream's own words, and what the CLI puts around them:
//
//	API Error: 400 messages.0.content: Input should be a valid list
//	Failed to authenticate. API Error: 401 OAuth token has expired.
//	API Error: 529 Overloaded. This is a server-side issue, usually temporary — try again in …
//	API Error: Server is temporarily limiting requests (not your usage limit) · This request …
var (
	withStatus  = regexp.MustCompile(`(?s)API Error: \d{3} (.+)$`)
	whenLimited = regexp.MustCompile(`(?s)API Error: Server is temporarily limiting requests \([^)]*\) · (.+)$`)
	afterIt     = regexp.MustCompile(`(?s) ?This is a server-side issue, usually temporary.*$`)
	// Of this the CLI has made something of its own.
	madeUp = regexp.MustCompile(`^due to tool use concurrency issues`)
)

// upstream is the message of Anthropic's API, or "" where the CLI has put its own in
// its place.
func (w words) upstream() string {
	for _, form := range []*regexp.Regexp{withStatus, whenLimited} {
		if found := form.FindStringSubmatch(string(w)); found != nil && !madeUp.MatchString(found[1]) {
			return sentence(afterIt.ReplaceAllString(found[1], ""))
		}
	}
	return ""
}

// own is the CLI's own words without what is meant for its prompt.
func (w words) own() string {
	rest := strings.TrimPrefix(strings.TrimSpace(string(w)), "API Error: ")
	rest = afterIt.ReplaceAllString(rest, "")
	var kept []string
	for _, s := range betweenSentences.Split(rest, -1) {
		if s = sentence(s); s != "" && !forThePrompt.MatchString(s) {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, ". ")
}

var (
	betweenSentences = regexp.MustCompile(`\.\s+| · |\n+`)
	forThePrompt     = regexp.MustCompile(`(?i)--model|/(login|model|compact|config|mcp|rewind|upgrade)\b|\bgateway\b|ANTHROPIC_|\besc\b|re-read the file|different approach|new session`)
)

// sentence is without the stop at its end.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasSuffix(s, "...") {
		return s
	}
	return strings.TrimSuffix(s, ".")
}

// network is the code of a connection that failed, as "ECONNRESET"; found says that
// one did.
func (w words) network() (code string, found bool) {
	if code := errno.FindString(string(w)); code != "" {
		return code, true
	}
	return "", connection.MatchString(string(w))
}

var (
	errno      = regexp.MustCompile(`\b(E(CONN[A-Z]+|AI_[A-Z]+|PIPE|NOTFOUND|TIMEDOUT|HOSTUNREACH|NETUNREACH)|UND_ERR_[A-Z_]+|[A-Z_]*CERT[A-Z_]*)\b`)
	connection = regexp.MustCompile(`(?i)unable to connect|connection (to the api|dropped|error|refused|was lost)|timed out|SSL certificate`)
)

// model is the model that a "not found" is about; "" when it is not said.
func (w words) model() string {
	if found := aboutModel.FindStringSubmatch(string(w)); found != nil {
		return found[1]
	}
	return ""
}

// tooLong is what a prompt that does not fit has, and what would fit, in tokens; "" when
// there are no numbers.
func (w words) tooLong() (has, fits string) {
	if found := tokens.FindStringSubmatch(string(w)); found != nil {
		return found[1], found[2]
	}
	return "", ""
}

var (
	aboutModel = regexp.MustCompile(`selected model \(([^()\s]+)\)`)
	tokens     = regexp.MustCompile(`(\d+) tokens (?:\(limit |> )(\d+)`)
)
