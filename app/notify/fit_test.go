package notify

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"claude-max-api-proxy/app"
)

func TestLongTextsAreCutAtAWord(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"short":              {"one two", "one two"},
		"exactly":            {"one two three four f", "one two three four f"},
		"in a word":          {"one two three four fives", "one two three four…"},
		"between words":      {"one two three fours and", "one two three fours…"},
		"before a mark":      {"one two three four, and five", "one two three four…"},
		"a word without end": {"/a/very/long/path/to/a/file", "/a/very/long/path/t…"},
		"not only latin":     {"äöü äöü äöü äöü äöü äöü", "äöü äöü äöü äöü äöü…"},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, shorten(c.in, 20)) })
	}
}

func TestOnlyWhatCanBeSeenIsLeft(t *testing.T) {
	n := fit(app.Notice{
		Title: "a\x1b[31m\tb\r\nc\x00", Body: " one\n\n two\u202ethree\u00a0four\xff\u200b! ",
	}, "")
	assert.Equal(t, app.Notice{Title: "a[31m b c", Body: "one twothree four!"}, n)
}

func TestAnythingFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOf(rapid.String()).Draw(t, "words"), " ")
		}))
		n := app.Notice{Title: text.Draw(t, "title"), Body: text.Draw(t, "body")}
		tail := rapid.SampledFrom([]string{"", "… and 3 more notices, see the log"}).Draw(t, "tail")
		got := fit(n, tail)
		assert.LessOrEqual(t, utf8.RuneCountInString(got.Title), titleRunes)
		assert.LessOrEqual(t, utf8.RuneCountInString(got.Body), bodyRunes)
		assert.True(t, strings.HasSuffix(got.Body, tail))
		assert.Equal(t, got.Body, plain(got.Body), "one clean line")
		assert.Equal(t, got, fit(got, ""), "fitting what fits changes nothing")
	})
}

func TestNothingInABodyIsMarkup(t *testing.T) {
	assert.Equal(t, "a &lt;b&gt; &amp;amp; \"c\"", markup(`a <b> &amp; "c"`))
}

func TestNothingInAToastIsACommand(t *testing.T) {
	got := toast("]]> $(calc) ${x} `n ]]]>")
	assert.Equal(t, "]] > ＄(calc) ＄{x} 'n ]]] >", got)
}
