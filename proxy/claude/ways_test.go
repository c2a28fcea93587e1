package claude

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"claude-max-api-proxy/proxy/claude/transcript"
)

// TestTheCheapestWayIsTaken: the cost model, for a conversation of many turns.
func TestTheCheapestWayIsTaken(t *testing.T) {
	if !transcript.Supported {
		t.Skip("without named pipes there is less to choose from")
	}
	i := &installation{caps: capabilities{Transcripts: true, LateModel: true}}
	r := recipe{installation: i, model: "opus"}
	long := make([]string, 401)
	for n := range long {
		long[n] = "words"
	}
	wanting := func(turns int) want {
		w := wants("s", long[:turns]...)
		w.recipe = r
		return w
	}
	blank := &session{recipe: r}
	reader := &session{recipe: r, pipe: &transcript.Pipe{}}
	comingReader := &spare{recipe: recipe{installation: i, model: "opus", reads: true}}
	keeps := func(w want, turns int) *session {
		return &session{recipe: r, initialized: true, turns: turns, seen: w.prints[turns]}
	}
	history, begun := wanting(401), wanting(1)
	for name, c := range map[string]struct {
		want   want
		spares []*session
		idle   []*session
		coming *spare
		best   way
	}{
		"a kept conversation before all else":     {want: history, spares: []*session{blank, reader}, idle: []*session{keeps(history, 2), keeps(history, 400)}, best: way{session: keeps(history, 400)}},
		"a spare for what begins":                 {want: begun, spares: []*session{reader, blank}, best: way{session: blank}},
		"a prepared process is better":            {want: begun, spares: []*session{blank}, idle: []*session{keeps(begun, 0)}, best: way{session: keeps(begun, 0)}},
		"a long history is read":                  {want: history, spares: []*session{blank, reader}, best: way{session: reader}},
		"a short one is told":                     {want: wanting(5), spares: []*session{reader, blank}, best: way{session: blank}},
		"a long one rather starts one that reads": {want: history, spares: []*session{blank}, best: way{reads: true}},
		"or waits for it":                         {want: history, spares: []*session{blank}, coming: comingReader, best: way{wait: true}},
		"what begins waits for no reader":         {want: begun, coming: comingReader, best: way{}},
		"nothing there":                           {want: begun, best: way{}},
	} {
		t.Run(name, func(t *testing.T) {
			p := &pool{spares: c.spares, idle: slices.Clone(c.idle), coming: c.coming}
			got := p.cheapest(c.want, true)
			got.cost = 0
			assert.Equal(t, c.best, got)
		})
	}
}
