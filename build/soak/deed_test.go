package soak

import (
	"fmt"
	"regexp"
	"strconv"
)

// deed is what a text asks the model to do about it, as "do:words(12)".
type deed struct {
	name deedName
	n    int
}

type deedName string

const (
	say    deedName = "words"  // an answer of n words
	call   deedName = "call"   // n calls of the tool
	hang   deedName = "hang"   // n words, and then nothing more
	silent deedName = "silent" // nothing at all
	fail   deedName = "fail"   // upstream's status n
	cut    deedName = "cut"    // n words, and the connection ends
	event  deedName = "event"  // n words, and upstream's error event
)

func (d deed) String() string { return fmt.Sprintf("do:%s(%d)", d.name, d.n) }

var deedPattern = regexp.MustCompile(`do:([a-z]+)\((\d+)\)`)

// deedIn is the last one of a text, or of the JSON that it became.
func deedIn(text string) (d deed, ok bool) {
	all := deedPattern.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return d, false
	}
	last := all[len(all)-1]
	d.name = deedName(last[1])
	d.n, _ = strconv.Atoi(last[2])
	return d, true
}

// fails: no answer of this deed is ever complete.
func (d deed) fails() bool { return d.name != say && d.name != call }

// fate is when the process of a request is killed, as "kill:requested".
type fate string

const (
	spared      fate = ""
	killTurn    fate = "turn"      // before it has asked upstream: another process may answer
	killAsked   fate = "requested" // when it has asked upstream
	killText    fate = "text"      // in the middle of the answer
	killHalf    fate = "half"      // in the middle of a line
	killLast    fate = "last"      // after the last line of the answer
	killAnother fate = "another"   // another one than its own, whatever that does
)

// fatal: the request itself cannot have a complete answer.
func (f fate) fatal() bool { return f == killAsked || f == killText || f == killHalf }

var fatePattern = regexp.MustCompile(`kill:([a-z]+)`)

// fateIn is the last one of a text.
func fateIn(text string) fate {
	all := fatePattern.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return spared
	}
	return fate(all[len(all)-1][1])
}
