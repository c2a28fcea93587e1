package proxy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Two readers of one connection must not see different requests in it.
func TestAmbiguousRequestsDoNotGetThrough(t *testing.T) {
	s, b := asking(t, Config{})
	smuggled := fmt.Sprintf(chatHead+"Content-Length: %d\r\n\r\n%s", len(blocking), blocking)
	for name, request := range map[string]string{
		"two lengths":               chatHead + fmt.Sprintf("Content-Length: %d\r\nContent-Length: 5\r\n\r\n", len(blocking)) + blocking,
		"two lengths in one":        chatHead + fmt.Sprintf("Content-Length: %d, 5\r\n\r\n", len(blocking)) + blocking,
		"a signed length":           chatHead + "Content-Length: +5\r\n\r\nabcde" + smuggled,
		"a negative length":         chatHead + "Content-Length: -1\r\n\r\n" + smuggled,
		"a length in hex":           chatHead + "Content-Length: 0x5\r\n\r\nabcde" + smuggled,
		"an empty length":           chatHead + "Content-Length: \r\n\r\n" + smuggled,
		"an unknown coding":         chatHead + "Transfer-Encoding: xchunked\r\n\r\n" + smuggled,
		"two codings":               chatHead + "Transfer-Encoding: gzip, chunked\r\n\r\n" + smuggled,
		"chunked twice":             chatHead + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
		"space before the colon":    chatHead + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled,
		"a folded first line":       "POST /v1/chat/completions HTTP/1.1\r\n Host: localhost\r\n\r\n" + smuggled,
		"a header without a name":   chatHead + ": x\r\n\r\n" + smuggled,
		"a NUL in a header":         chatHead + "X: a\x00b\r\n\r\n" + smuggled,
		"a bare CR":                 chatHead + "X: a\rContent-Length: 5\r\n\r\n" + smuggled,
		"a space in the path":       "POST /v1/chat/completions x HTTP/1.1\r\nHost: localhost\r\n\r\n" + smuggled,
		"a chunk of no length":      chatHead + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + smuggled,
		"a chunk too long":          chatHead + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n" + smuggled,
		"a chunk of endless length": chatHead + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + smuggled,
	} {
		statuses := readAnswers(t, s.raw(t, request))
		if assert.NotEmpty(t, statuses, name) {
			assert.Contains(t, []int{400, 501}, statuses[0], name)
			assert.Len(t, statuses, 1, "%s: nothing after it on the connection is read", name)
		}
	}
	assert.Zero(t, b.asked.Load())
}

// RFC 9112, 6.3: where both are there, the coding counts. net/http does so; what
// comes after the last chunk is then the next request for everybody.
func TestTheCodingCountsBeforeTheLength(t *testing.T) {
	s, b := asking(t, Config{})
	body := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(blocking), blocking)
	for _, headers := range []string{
		"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
		"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
		"Transfer-Encoding:\r\n chunked\r\nContent-Length: 3\r\n", // folded
	} {
		before := b.asked.Load()
		answer := s.raw(t, chatHead+headers+"Connection: close\r\n\r\n"+body)
		assert.Equal(t, []int{200}, readAnswers(t, answer), headers)
		assert.Equal(t, before+1, b.asked.Load())
	}
}

func TestHeadersWithoutEndAreRefused(t *testing.T) {
	s, b := asking(t, Config{})
	answer := s.raw(t, chatHead+"X: "+strings.Repeat("x", 80<<10)+"\r\n\r\n")
	assert.Contains(t, answer, "431 Request Header Fields Too Large")
	assert.Zero(t, b.asked.Load())
}
