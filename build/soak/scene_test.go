package soak

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/offline"
)

// scripted is the name of the stand-in among CLIs.
const scripted = "scripted"

// scene is an app, its CLI and the model behind.
type scene struct {
	*app
	news    *news
	standIn *standIn        // nil for the real CLI
	model   *offline.Server // nil for the scripted one
	seed    uint64
	killed  atomic.Int64 // processes of the real CLI

	mu     sync.Mutex
	random *rand.Rand
}

func newScene(t *testing.T, cli string) *scene {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("looks into /proc")
	}
	s := &scene{news: newNews(), seed: *seedFlag}
	if s.seed == 0 {
		s.seed = rand.Uint64N(1_000_000) + 1
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the same visits again: -seed %d", s.seed)
		}
	})
	s.random = rand.New(rand.NewPCG(s.seed, 2))
	if cli == scripted {
		s.standIn = newStandIn(t, s.news, s.seed)
		// So short a life is mostly the start of Go's runtime.
		s.app = newApp(t, s.standIn.Path(t), "http://127.0.0.1:9", append(s.standIn.Env(), "GOMAXPROCS=1", "GOGC=off")...)
		return s
	}
	path := claudetest.Real(t, cli)
	var err error
	s.model, err = offline.Start(offline.Config{Respond: s.news.respond})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.model.Close()) })
	s.app = newApp(t, path, s.model.URL())
	return s
}

// killOne kills one of the real CLI's processes.
func (s *scene) killOne() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.killSome(s.random) {
		s.killed.Add(1)
	}
}

// kills is how many processes were killed on purpose.
func (s *scene) kills() int {
	if s.standIn != nil {
		return s.standIn.kills()
	}
	return int(s.killed.Load())
}
