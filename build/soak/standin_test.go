package soak

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

// standIn is the scripted CLI and the model behind it in one: it knows what each of its
// processes was told.
type standIn struct {
	*claudetest.StandIn
	news *news

	mu       sync.Mutex
	random   *rand.Rand
	starting int // how many of 1000 are killed at each stage before the first turn
	told     map[int]*told
	fates    map[string]bool // of requests that were met already, by mark
	killed   int
}

// told is what a process has heard so far, its own answers included.
type told struct {
	heard   []string
	deed    deed
	fate    fate
	calls   []toolCall // that have no result yet
	working bool
	// process is a handle from when the process was certainly there: its number may be
	// somebody else's by now.
	process *os.Process
}

func newStandIn(t testing.TB, n *news, seed uint64) *standIn {
	s := &standIn{
		news: n, random: rand.New(rand.NewPCG(seed, 1)),
		told: map[int]*told{}, fates: map[string]bool{},
	}
	s.StandIn = claudetest.NewStandIn(t, s.script)
	s.Forget()
	return s
}

// kills is how many of the processes were killed on purpose.
func (s *standIn) kills() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.killed
}

// killStarting sets how many of 1000 processes are killed at each stage before their first
// turn: while they start up, learn the system prompt or read a history.
func (s *standIn) killStarting(of1000 int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starting = of1000
}

func (s *standIn) script(e claudetest.Event) claudetest.Action {
	s.news.moment()
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Stage == claudetest.Start {
		s.bury()
		s.told[e.PID] = &told{}
		s.told[e.PID].process, _ = os.FindProcess(e.PID)
	}
	p := s.told[e.PID]
	if p == nil {
		return claudetest.Action{} // `claude auth status`
	}
	switch e.Stage {
	case claudetest.Start, claudetest.Version:
		return s.mayDie()
	case claudetest.Initialize:
		p.heard = append(marksIn(e.Line), p.heard...) // the system prompt stands before all
		return s.mayDie()
	case claudetest.Resumed:
		p.heard = append(p.heard, marksIn(e.Line)...)
		return s.mayDie()
	case claudetest.Past, claudetest.Silent:
		p.heard = append(p.heard, marksIn(e.Line)...)
		if len(p.heard) == 10 { // one line of a long history
			return s.mayDie()
		}
	case claudetest.Turn:
		p.hear(e.Line)
		if s.meets(p, killTurn) {
			return s.die()
		}
	case claudetest.Requested:
		return s.answer(e.PID, p)
	case claudetest.Told:
		return s.takeResult(p, e.Line)
	}
	return claudetest.Action{}
}

// bury forgets the processes that have ended.
func (s *standIn) bury() {
	for pid, p := range s.told {
		if p.process == nil || errors.Is(p.process.Signal(syscall.Signal(0)), os.ErrProcessDone) {
			if p.process != nil {
				_ = p.process.Release()
			}
			delete(s.told, pid)
		}
	}
}

func (p *told) hear(line string) {
	p.working = true
	p.heard = append(p.heard, marksIn(line)...)
	p.deed, _ = deedIn(line)
	p.fate = fateIn(line)
}

// meets says that it is time for the process to be killed. A request that is sent to
// another process after that is spared there.
func (s *standIn) meets(p *told, f fate) bool {
	if p.fate != f || s.fates[lastMark(p.heard)] {
		return false
	}
	s.fates[lastMark(p.heard)] = true
	return true
}

func (s *standIn) mayDie() claudetest.Action {
	if s.random.IntN(1000) < s.starting {
		return s.die()
	}
	return claudetest.Action{}
}

func (s *standIn) die(lines ...string) claudetest.Action {
	s.killed++
	return claudetest.Action{Do: claudetest.Die, Lines: lines}
}

// takeResult is for a process that waits for the results of its calls: it asks upstream
// once it has all of them.
func (s *standIn) takeResult(p *told, line string) claudetest.Action {
	if len(p.calls) == 0 {
		return claudetest.Action{}
	}
	p.hear(line)
	if s.meets(p, killTurn) {
		return s.die()
	}
	a := claudetest.Action{Do: claudetest.Say, Lines: []string{claudetest.Taken(p.calls[0].ID)}}
	if p.calls = p.calls[1:]; len(p.calls) == 0 {
		a.Do = claudetest.Request
	}
	return a
}

// answer is all that comes after upstream was asked. That has been said by then: a process
// that is killed before may be replaced, one that is killed after may not.
func (s *standIn) answer(pid int, p *told) claudetest.Action {
	s.news.arrived(lastMark(p.heard), p.deed)
	lines, whole := p.lines()
	if s.meets(p, killAnother) {
		s.killAnother(pid)
	}
	switch {
	case s.meets(p, killAsked):
		return s.die()
	case s.meets(p, killText):
		return s.die(lines[:len(lines)/2]...)
	case s.meets(p, killHalf):
		s.killed++
		return claudetest.Action{Do: claudetest.Half}
	case s.meets(p, killLast):
		return s.die(lines...)
	}
	p.working = !whole
	if whole {
		p.remember()
	}
	return claudetest.Action{Do: claudetest.Say, Lines: lines}
}

// remember takes the process's own answer into what it has heard.
func (p *told) remember() {
	if p.deed.name == call {
		p.calls = calls(p.heard, p.deed.n)
		for _, c := range p.calls {
			p.heard = append(p.heard, marksIn(c.Arguments)...)
		}
		return
	}
	p.heard = append(p.heard, answerMark(p.heard))
}

// killAnother kills a process that has nothing to do, if there is one. It may get something
// to do at the same moment.
func (s *standIn) killAnother(pid int) {
	for other, p := range s.told {
		if other == pid || p.working {
			continue
		}
		if p.process != nil && p.process.Kill() == nil {
			s.killed++
			return
		}
	}
}

// lines are what the CLI prints for the deed, and whether it is done with it then.
func (p *told) lines() (lines []string, whole bool) {
	said := claudetest.Answer(strings.Join(words(p.heard, p.deed.n), ""))
	const end = 5 // the lines behind the text
	begun := said[:len(said)-end]
	switch p.deed.name {
	case say:
		return said, true
	case call:
		return callLines(calls(p.heard, p.deed.n)), true
	case hang:
		return begun, false
	case silent:
		return nil, false
	case cut, event:
		return append(begun, `{"type":"system","subtype":"api_retry","attempt":1,"error":"unknown","error_status":null,"retry_delay_ms":600.5}`), false
	}
	codes := map[int]string{401: "authentication_failed", 429: "rate_limit", 500: "server_error", 529: "overloaded"}
	return []string{
		fmt.Sprintf(`{"type":"assistant","error":%q,"message":{"content":[{"type":"text","text":"no"}]}}`, codes[p.deed.n]),
		fmt.Sprintf(`{"type":"result","subtype":"success","is_error":true,"api_error_status":%d,"num_turns":1,"result":"no"}`, p.deed.n),
	}, false
}

// callLines are an answer that calls the tool, and the CLI's wish for the results.
func callLines(made []toolCall) []string {
	lines := []string{claudetest.StreamEvent(`{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"stand-in-opus","content":[],"usage":{"input_tokens":3,"output_tokens":1}}}`)}
	for i, c := range made {
		input, _ := json.Marshal(c.Arguments) // a string can always be encoded
		lines = append(lines,
			claudetest.StreamEvent(fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":{"type":"tool_use","id":%q,"name":%q,"input":{}}}`, i, c.ID, toolName)),
			claudetest.StreamEvent(fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":{"type":"input_json_delta","partial_json":%s}}`, i, input)),
			claudetest.StreamEvent(fmt.Sprintf(`{"type":"content_block_stop","index":%d}`, i)))
	}
	lines = append(lines, claudetest.MessageDelta("tool_use", 5), claudetest.StreamEvent(`{"type":"message_stop"}`))
	for i, c := range made {
		lines = append(lines, fmt.Sprintf(`{"type":"control_request","request_id":"own-%s","request":{"subtype":"mcp_message","server_name":"c","message":`+
			`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":%s,"_meta":{"claudecode/toolUseId":%q}}}}}`, c.ID, i, toolName, c.Arguments, c.ID))
	}
	return lines
}
