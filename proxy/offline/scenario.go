package offline

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Scenario is a named answer that a user message asks [Demo] for, as
// "offline:NAME" or "offline:NAME(ARG)".
type Scenario struct {
	Name string
	// Arg describes the argument, as "N"; empty when there is none.
	Arg string
	// About says in one line what happens.
	About string

	play func(req *Request, arg string) Reply
}

// Directive is how the scenario is written in a message, as "offline:slow(N)".
func (s Scenario) Directive() string {
	if s.Arg == "" {
		return "offline:" + s.Name
	}
	return "offline:" + s.Name + "(" + s.Arg + ")"
}

// Scenarios lists all scenarios: answers first, then failures of the API, then
// streams that break.
func Scenarios() []Scenario {
	return slices.Concat(answers(), refusals(), breaks())
}

func findScenario(name string) (Scenario, bool) {
	all := Scenarios()
	i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name })
	if i < 0 {
		return Scenario{}, false
	}
	return all[i], true
}

// thinkingSignature has the form of a real one, which is base64 and means
// nothing to anybody but the API.
const thinkingSignature = "b2ZmbGluZSBtb2RlbDogYSBzaWduYXR1cmUgdGhhdCBub2JvZHkgY2hlY2tz"

const slowStep = 200 * time.Millisecond

func answers() []Scenario {
	return []Scenario{
		{"echo", "TEXT", "answers TEXT, or the whole message when there is no TEXT", echo},
		{"thinking", "", "thinks, then answers", func(*Request, string) Reply {
			return Script(
				Thinking(thinkingSignature, "The person wants ", "to see some thinking. ", "Here it is."),
				Text("I have ", "thought ", "about it."),
			)
		}},
		{"slow", "N", "N pieces of text, 200 ms apart (20)", slow},
		{"long", "N", "an answer of N words at full speed (2000)", long},
		{"utf8", "", "emoji, CJK and combining characters, cut between code points", func(*Request, string) Reply {
			return Text(utf8Deltas...)
		}},
		{"empty", "", "a message without any content", func(*Request, string) Reply { return Reply{} }},
		{"max_tokens", "", "an answer that is cut at its length limit", func(*Request, string) Reply {
			return Script(Text("This answer ", "stops in the "), Stop("max_tokens"))
		}},
		{"refusal", "", "the model declines to go on", func(*Request, string) Reply {
			return Script(Text("I would ", "rather not"), Stop("refusal"))
		}},
		{"tool", "NAME", "a call of the tool NAME, or of the first one offered; JSON behind the name is its input", oneTool},
		{"tools", "", "some text, then two tool calls in parallel", twoTools},
		{"usage", "IN,CREATE,READ,OUT", "an answer with exactly these token counts", exactUsage},
	}
}

func echo(req *Request, arg string) Reply {
	if arg == "" {
		arg = personText(req.LastUser())
	}
	return Text(words(arg)...)
}

func slow(req *Request, arg string) Reply {
	var script []Reply
	for i, w := range numbered(number(arg, 20)) {
		if i > 0 {
			script = append(script, Pause(slowStep))
		}
		script = append(script, Text(w))
	}
	return Script(script...)
}

func long(req *Request, arg string) Reply {
	return limited(req, numbered(number(arg, 2000)), false)
}

func exactUsage(_ *Request, arg string) Reply {
	var n [4]int
	for i, field := range strings.SplitN(arg, ",", len(n)) {
		n[i], _ = strconv.Atoi(strings.TrimSpace(field)) // what is no number counts as 0
	}
	return Script(
		Text("The token counts ", "are as you asked."),
		Tokens(Usage{Input: n[0], CacheCreation: n[1], CacheRead: n[2], Output: n[3]}),
	)
}

// limited cuts an answer at the request's max_tokens, a word being a token here,
// as the API does.
func limited(req *Request, pieces []string, paced bool) Reply {
	if req.MaxTokens > 0 && len(pieces) > req.MaxTokens {
		return Script(play(textStep{pieces[:req.MaxTokens], paced}), Stop("max_tokens"))
	}
	return play(textStep{pieces, paced})
}

// utf8Deltas are cut where a reader that splits between bytes, or counts UTF-16
// units, goes wrong: between an emoji and its modifier, a letter and its accent.
var utf8Deltas = []string{
	"Grüße ", "👩", "\u200d", "💻", " ", "👍", "🏽", " ", "日", "本", "語 ", "e", "\u0301", " ",
	"한국어 ", "𝄞 ", "🇩", "🇪", " \u202eabc\u202c ", "<&> ", "\"\\\" ", "\u2028", "end",
}

// words cuts behind each space, so that nothing is lost or added.
func words(text string) []string {
	pieces := strings.SplitAfter(text, " ")
	if last := len(pieces) - 1; pieces[last] == "" {
		pieces = pieces[:last]
	}
	return pieces
}

// numbered gives n words; a reader sees at once whether one is missing.
func numbered(n int) []string {
	pieces := make([]string, n)
	for i := range pieces {
		pieces[i] = "word" + strconv.Itoa(i+1) + " "
	}
	return pieces
}

// number bounds what a message can ask for at a million.
func number(arg string, otherwise int) int {
	n, err := strconv.Atoi(strings.TrimSpace(arg))
	if err != nil || n < 0 {
		n = otherwise
	}
	return min(n, 1_000_000)
}

// breaks are streams that do not end as they should.
func breaks() []Scenario {
	return []Scenario{
		{"cut", "", "some text, then the connection is cut", func(*Request, string) Reply {
			// The CLI forgets what it has read but not yet looked at when the
			// connection breaks; the pause lets the text through.
			return Script(Text("The line ", "breaks "), Pause(slowStep), CutMidLine())
		}},
		{"cut_early", "", "the connection is closed before any byte", func(*Request, string) Reply { return Cut() }},
		{"error_event", "TYPE", "some text, then an error event of TYPE (overloaded_error)", func(_ *Request, arg string) Reply {
			text := Text("It began ", "so well ")
			if arg == "" || arg == "overloaded_error" {
				return Script(text, ErrorEvent("overloaded_error", "Overloaded"))
			}
			return Script(text, ErrorEvent(arg, "Internal server error"))
		}},
		{"error_event_early", "TYPE", "begins to answer, then an error event of TYPE before any text (api_error)", func(_ *Request, arg string) Reply {
			return Script(Begin(), ErrorEvent(cmp.Or(arg, "api_error"), "Internal server error"))
		}},
		{"restart", "", "some text, then a second message from the start", func(*Request, string) Reply {
			return Script(Text("First ", "attempt "), Restart(), Text("Second ", "attempt."))
		}},
		{"silent", "", "begins to answer, then says nothing until the peer hangs up", func(*Request, string) Reply {
			return Script(Begin(), Silence())
		}},
		{"silent_early", "", "accepts the request and never answers", func(*Request, string) Reply { return Silence() }},
	}
}
