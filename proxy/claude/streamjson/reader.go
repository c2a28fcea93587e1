package streamjson

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// MaxLine bounds one line of the CLI, in bytes. Answers of many megabytes are
// legal (a line repeats the whole answer); more than this is a defect.
const MaxLine = 64 << 20

// Reader reads messages line by line. It never uses more memory than the longest
// line needs, and gives that memory back after a long one.
type Reader struct {
	in   *bufio.Reader
	long []byte // a line that did not fit in's buffer
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader {
	return &Reader{in: bufio.NewReaderSize(r, 64<<10)}
}

// Next returns the next message. It returns [io.EOF] after the last whole line,
// [io.ErrUnexpectedEOF] when the output stops in the middle of one, and another
// error for a line that is no message. After a line of more than [MaxLine] the next
// message may be the rest of it: reading on makes no sense.
func (r *Reader) Next() (Message, error) {
	for {
		line, err := r.line()
		if err != nil {
			return nil, err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return Parse(line)
		}
	}
}

// line returns one line, valid until the next call.
func (r *Reader) line() ([]byte, error) {
	r.long = r.long[:0]
	if cap(r.long) > 1<<20 {
		r.long = nil
	}
	for {
		part, err := r.in.ReadSlice('\n')
		switch {
		case err == nil && len(r.long) == 0:
			return part, nil
		case err == nil:
			return append(r.long, part...), nil
		case errors.Is(err, bufio.ErrBufferFull):
			if len(r.long)+len(part) > MaxLine {
				return nil, fmt.Errorf("the CLI printed a line of more than %d MiB", MaxLine>>20)
			}
			r.long = append(r.long, part...)
		case errors.Is(err, io.EOF) && len(r.long)+len(part) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}
