package offline

import "strings"

// The CLI adds text of its own to what the client said. It is left out where the
// demo speaks to a person, and nowhere else.

// personText is a message's text without the blocks that the CLI inserted.
func personText(m Message) string {
	var out strings.Builder
	for _, b := range m.Content {
		if !isReminder(b.Text) {
			out.WriteString(b.Text)
		}
	}
	return out.String()
}

func isReminder(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "<system-reminder>") && strings.HasSuffix(text, "</system-reminder>")
}

// clientSystem is the system prompt without the CLI's attribution and identity
// blocks.
func clientSystem(req *Request) string {
	var own []string
	for _, b := range req.System {
		if strings.HasPrefix(b.Text, "x-anthropic-billing-header") || strings.HasPrefix(b.Text, "You are a Claude agent, built on") {
			continue
		}
		own = append(own, b.Text)
	}
	return strings.Join(own, "\n\n")
}
