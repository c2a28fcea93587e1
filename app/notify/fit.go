package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"claude-max-api-proxy/app"
)

// What desktops show of a notice, in runes. More is cut off by some of them.
const (
	titleRunes = 50
	bodyRunes  = 200
)

// fit makes a notice one that every desktop can show. The tail is added to the body
// and never cut.
func fit(n app.Notice, tail string) app.Notice {
	n.Title = shorten(plain(n.Title), titleRunes)
	n.Body = plain(n.Body)
	if tail == "" {
		n.Body = shorten(n.Body, bodyRunes)
		return n
	}
	n.Body = strings.TrimLeft(shorten(n.Body, bodyRunes-utf8.RuneCountInString(tail)-1)+" "+tail, " ")
	return n
}

// plain leaves one line of what can be seen: no control characters, nothing that turns
// the direction of writing, no broken UTF-8, which D-Bus refuses.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r) && r != utf8.RuneError:
			return r
		}
		return -1
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// shorten cuts at a word, if there is one to cut at, and says so.
func shorten(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	cut := string([]rune(text)[:limit-1])
	// A word as long as half of it all, such as a path, is better cut than left out.
	// The cut may be between two words already.
	if at := strings.LastIndexByte(cut, ' '); text[len(cut)] != ' ' && at > len(cut)/2 {
		cut = cut[:at]
	}
	return strings.TrimRight(cut, " ,;:.…") + "…"
}
