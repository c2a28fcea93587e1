// Package port finds out who holds a TCP port of this machine.
package port

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	psnet "github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/process"
)

// Holder is the program that listens on a port, as far as the system tells.
type Holder struct {
	Name string // of the program; "" when the system does not say
	PID  int32  // 0 when the system does not say
	// Kind tells the programs that we know by what they answer.
	Kind Kind
}

// Kind is what a holder turned out to be.
type Kind int

// The programs that a user of ours may well have on the port.
const (
	Unknown    Kind = iota
	Ourselves       // another running copy of claude-max-api
	NPMPackage      // the npm package claude-max-api-proxy
)

// String gives a phrase for "the port is used by …".
func (h Holder) String() string {
	by := "another program"
	if h.Name != "" {
		by = h.Name
	}
	switch h.Kind {
	case Ourselves:
		by = "another running claude-max-api"
	case NPMPackage:
		by = "the npm package claude-max-api-proxy"
	}
	if h.PID != 0 {
		by += fmt.Sprintf(" (process %d)", h.PID)
	}
	return by
}

// Lookup says who listens on the loopback port. ok is false when nobody does.
func Lookup(ctx context.Context, port int) (h Holder, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	connections, _ := psnet.ConnectionsWithContext(ctx, "tcp") // best effort
	for _, c := range connections {
		if c.Status == "LISTEN" && int(c.Laddr.Port) == port {
			ok = true
			if h.PID = c.Pid; h.PID != 0 {
				break
			}
		}
	}
	if !ok && !answersOn(ctx, "127.0.0.1", port) && !answersOn(ctx, "::1", port) {
		return h, false
	}
	if h.PID != 0 {
		if p, err := process.NewProcessWithContext(ctx, h.PID); err == nil {
			h.Name, _ = p.NameWithContext(ctx)
		}
	}
	h.Kind = ask(ctx, port)
	return h, true
}

func answersOn(ctx context.Context, address string, port int) bool {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", net.JoinHostPort(address, strconv.Itoa(port)))
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// ask tells our own kind by /health, which both we and the npm package have.
// "localhost" reaches either kind of loopback address.
func ask(ctx context.Context, port int) Kind {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet,
		fmt.Sprintf("http://localhost:%d/health", port), nil)
	if err != nil {
		return Unknown
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return Unknown
	}
	defer func() { _ = response.Body.Close() }()
	var health struct {
		Name     string `json:"name"`
		Provider string `json:"provider"`
	}
	if json.NewDecoder(io.LimitReader(response.Body, 64<<10)).Decode(&health) != nil {
		return Unknown
	}
	switch {
	case health.Name == "claude-max-api":
		return Ourselves
	case health.Provider == "claude-code-cli":
		return NPMPackage
	}
	return Unknown
}

// Free finds the next port from number on that nobody has, neither on 127.0.0.1
// nor on ::1.
func Free(number int) (int, bool) {
	for n := number; n < number+100 && n <= 65535; n++ {
		if free("127.0.0.1", n) && (free("::1", n) || !answersOn(context.Background(), "::1", n)) {
			return n, true
		}
	}
	return 0, false
}

func free(address string, port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(port)))
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}
