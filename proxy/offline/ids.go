package offline

import (
	"fmt"
	"sync/atomic"
)

// ids hands out ids in the form of the real API's: a prefix, an underscore and
// 24 characters. They count up, so a log shows the order, and they never repeat
// within a server, because the CLI tells messages apart by their id.
type ids struct{ last atomic.Int64 }

func (i *ids) message() string { return i.next("msg_01") }
func (i *ids) tool() string    { return i.next("toolu_01") }
func (i *ids) request() string { return i.next("req_01") }

func (i *ids) next(prefix string) string {
	return fmt.Sprintf("%sOffline%015d", prefix, i.last.Add(1))
}
