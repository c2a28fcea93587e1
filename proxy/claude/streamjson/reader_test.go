package streamjson_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/streamjson"
)

func all(t *testing.T, r *streamjson.Reader) (out []streamjson.Message, err error) {
	t.Helper()
	for {
		m, err := r.Next()
		if err != nil {
			return out, err
		}
		out = append(out, m)
	}
}

func delta(text string) string {
	return `{"type":"stream_event","event":{"type":"content_block_delta","delta":{"type":"text_delta","text":"` + text + `"}}}` + "\n"
}

// chunks gives its parts one read at a time.
type chunks struct{ parts []string }

func (c *chunks) Read(b []byte) (int, error) {
	if len(c.parts) == 0 {
		return 0, io.EOF
	}
	n := copy(b, c.parts[0])
	if c.parts[0] = c.parts[0][n:]; c.parts[0] == "" {
		c.parts = c.parts[1:]
	}
	return n, nil
}

func TestALineMayBeCutAnywhere(t *testing.T) {
	text := "Grüße 👩\u200d💻 日本 e\u0301 𝄞"
	line := delta(text)
	for i := range len(line) {
		m, err := streamjson.NewReader(&chunks{[]string{line[:i], line[i:]}}).Next()
		require.NoError(t, err, i)
		require.Equal(t, text, m.(streamjson.StreamEvent).Delta.Text, i)
	}
	m, err := streamjson.NewReader(iotest.OneByteReader(strings.NewReader(line))).Next()
	require.NoError(t, err)
	assert.Equal(t, text, m.(streamjson.StreamEvent).Delta.Text)
}

func TestLinesOfAllLengthsFollowEachOther(t *testing.T) {
	const buffer = 64 << 10
	overhead, large := len(delta("")), 20_000_000
	if testing.Short() {
		large = 1_000_000
	}
	var in strings.Builder
	var want []int
	for _, n := range []int{0, 1, buffer - overhead - 1, buffer - overhead, buffer - overhead + 1, 5, large, 7, 2 * buffer, 3} {
		in.WriteString(delta(strings.Repeat("x", n)))
		in.WriteString("\n  \r\n") // empty lines mean nothing
		want = append(want, n)
	}
	messages, err := all(t, streamjson.NewReader(strings.NewReader(in.String())))
	assert.ErrorIs(t, err, io.EOF)
	var got []int
	for _, m := range messages {
		got = append(got, len(m.(streamjson.StreamEvent).Delta.Text))
	}
	assert.Equal(t, want, got)
}

func TestTheEnd(t *testing.T) {
	for _, tt := range []struct {
		in   string
		n    int
		want error
	}{
		{"", 0, io.EOF},
		{delta("a"), 1, io.EOF},
		{delta("a") + `{"type":"res`, 1, io.ErrUnexpectedEOF},
		{delta("a") + strings.TrimSuffix(delta("b"), "\n"), 1, io.ErrUnexpectedEOF}, // nobody knows whether it is whole
		{delta("a") + strings.Repeat("x", 100_000), 1, io.ErrUnexpectedEOF},
	} {
		messages, err := all(t, streamjson.NewReader(strings.NewReader(tt.in)))
		assert.ErrorIs(t, err, tt.want)
		assert.Len(t, messages, tt.n)
	}
	broken := errors.New("broken")
	_, err := all(t, streamjson.NewReader(io.MultiReader(strings.NewReader(delta("a")), iotest.ErrReader(broken))))
	assert.ErrorIs(t, err, broken)
}

func TestALineWithoutEndIsRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("takes much memory")
	}
	r := streamjson.NewReader(io.LimitReader(endless{}, 2*streamjson.MaxLine))
	_, err := r.Next()
	assert.ErrorContains(t, err, "64 MiB")
}

type endless struct{}

var xs = strings.Repeat("x", 1<<20)

func (endless) Read(b []byte) (int, error) {
	return copy(b, xs), nil
}

// FuzzReader: however the input is cut into reads, the messages are those of its
// lines.
func FuzzReader(f *testing.F) {
	f.Add([]byte(delta("ä")+delta("b")), 3)
	f.Add([]byte("\n\n{}\n{\"type\":\"x\"}"), 1)
	f.Add([]byte("garbage\n{}\n"), 2)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		if size < 1 || size > 1<<16 || len(in) > 1<<16 {
			return
		}
		var parts []string
		for rest := in; len(rest) > 0; {
			n := min(size, len(rest))
			parts = append(parts, string(rest[:n]))
			rest = rest[n:]
		}
		whole, errWhole := all(t, streamjson.NewReader(bytes.NewReader(in)))
		cut, errCut := all(t, streamjson.NewReader(&chunks{parts}))
		assert.Equal(t, whole, cut)
		assert.Equal(t, errWhole, errCut)
	})
}
