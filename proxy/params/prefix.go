package params

import "strings"

// prefixes are the provider names that clients and gateways put before a model's
// name. Only known ones are taken off: a slash may be part of a name, as it is
// in Bedrock's and Vertex's.
var prefixes = []string{
	"openai/",
	"anthropic/",
	"claude-code-cli/",
	"claude-code/",
	"claude-max/",
	"claude-max-api-proxy/",
	"claude-proxy/",
}

// StripPrefix takes off the provider names that a client has put before the
// name of the model, also several and in any case: "openai/Claude-Max/opus" is
// "opus".
func StripPrefix(model string) string {
	for {
		rest := model
		for _, prefix := range prefixes {
			if len(rest) >= len(prefix) && strings.EqualFold(rest[:len(prefix)], prefix) {
				rest = rest[len(prefix):]
			}
		}
		if rest == model {
			return model
		}
		model = rest
	}
}
