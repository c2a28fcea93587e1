package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	oursName   = "this proxy"
	theirsName = "npm package"
	modelName  = "model alone"

	npmPackage = "claude-max-api-proxy"
)

// setup says how to start a proxy on a port.
type setup struct {
	name    string
	dir     string // its home is in there
	env     []string
	command func(port int) []string
	// idle says from the body of GET /health whether the proxy is ready for a
	// new conversation, with so many spare processes if it has any.
	idle func(health []byte, spares int) bool
	// polite: it may be asked to stop. A program that waits for its clients'
	// open connections then is better killed.
	polite bool
}

// environment gives the real CLI a home of its own, a stand-in for a login and
// the offline model. Nothing of this user's settings is in it, and nothing but
// the model is asked.
func (c *comparison) environment(home string) []string {
	return []string{
		"HOME=" + home,
		"USERPROFILE=" + home,
		"CLAUDE_CONFIG_DIR=" + filepath.Join(home, ".claude"),
		"ANTHROPIC_BASE_URL=" + c.model.URL(),
		"CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-offline",
		// Our proxy sets these itself. For the other one they save time, which
		// is its gain, and reports to the CLI's makers, which are nobody's.
		"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1",
		"DISABLE_AUTOUPDATER=1",
	}
}

func (c *comparison) ours() setup {
	dir := filepath.Join(c.dir, "ours")
	env := c.environment(dir)
	return setup{
		name: oursName, dir: dir, polite: true,
		env: append(env, "PATH="+os.Getenv("PATH")),
		command: func(port int) []string {
			args := []string{c.proxy, "serve", "--port", strconv.Itoa(port), "--claude", c.cli}
			for _, pair := range env {
				args = append(args, "--claude-env", pair)
			}
			return args
		},
		idle: func(health []byte, spares int) bool {
			var h struct {
				Processes struct {
					Starting, Warm, Busy int
				}
			}
			err := json.Unmarshal(health, &h)
			return err == nil && h.Processes.Warm >= spares && h.Processes.Starting == 0 && h.Processes.Busy == 0
		},
	}
}

// theirs finds `claude` on PATH and takes the port as its argument.
func (c *comparison) theirs() setup {
	dir := filepath.Join(c.dir, "npm")
	path := filepath.Dir(c.cli) + string(os.PathListSeparator) + os.Getenv("PATH")
	server := filepath.Join(c.npm, "node_modules", npmPackage, "dist", "server", "standalone.js")
	return setup{
		name: theirsName, dir: dir,
		env:     append(c.environment(dir), "PATH="+path),
		command: func(port int) []string { return []string{c.node, server, strconv.Itoa(port)} },
		idle:    func([]byte, int) bool { return true },
	}
}

// installedVersion is that of the npm package in folder.
func installedVersion(folder string) (string, error) {
	data, err := os.ReadFile(filepath.Join(folder, "node_modules", npmPackage, "package.json"))
	if err != nil {
		return "", err
	}
	var description struct{ Version string }
	err = json.Unmarshal(data, &description)
	return description.Version, err
}

// startLimit bounds how long a proxy may take until it listens or is idle.
const startLimit = 30 * time.Second

// start returns when the proxy answers GET /health for the first time, and says
// how long that took.
func (s setup) start(ctx context.Context) (*subject, time.Duration, error) {
	port, err := freePort()
	if err != nil {
		return nil, 0, err
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, 0, err
	}
	url := "http://127.0.0.1:" + strconv.Itoa(port)
	p := &subject{setup: s, client: &client{url: url + "/v1/chat/completions"}, healthURL: url + "/health", spares: 1}
	began := time.Now()
	p.child, err = startChild(s.command(port), s.env, s.dir)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", s.name, err)
	}
	err = p.poll(ctx, time.Millisecond, func([]byte) bool { return true })
	took := time.Since(began)
	if err != nil {
		p.stop()
		return nil, 0, fmt.Errorf("%s does not listen: %w; its last words: %s", s.name, err, p.child.lastWords())
	}
	return p, took, nil
}

// freePort asks the system for one. Somebody else could take it meanwhile; then
// the start fails and says so.
func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// subject is a proxy that runs.
type subject struct {
	setup
	child     *child
	client    *client
	healthURL string
	spares    int // at least, when it is idle
}

func (p *subject) stop() { p.child.stop(p.polite) }

// settle waits until all proxies are as idle as they get, and stay so for rest: one
// process may be started after another.
func settle(ctx context.Context, rest time.Duration, proxies ...*subject) error {
	for still := false; !still; {
		for _, p := range proxies {
			if err := p.poll(ctx, 5*time.Millisecond, p.resting); err != nil {
				return fmt.Errorf("%s does not come to rest: %w; its last words: %s", p.name, err, p.child.lastWords())
			}
		}
		if err := sleep(ctx, rest); err != nil {
			return err
		}
		still = true
		for _, p := range proxies {
			health, err := get(ctx, p.healthURL)
			still = still && err == nil && p.resting(health)
		}
	}
	return nil
}

// resting says whether the proxy is idle. The npm package does not tell; its CLI ends
// after each answer.
func (p *subject) resting(health []byte) bool {
	return p.idle(health, p.spares) && (p.polite || !hasChildren(p.child.pid()))
}

// poll asks for /health until the answer is as it should be.
func (p *subject) poll(ctx context.Context, interval time.Duration, good func(health []byte) bool) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		body, err := get(ctx, p.healthURL)
		if err == nil && good(body) {
			return nil
		}
		select {
		case <-p.child.done:
			return fmt.Errorf("it has ended")
		default:
		}
		if err := sleep(ctx, interval); err != nil {
			return err
		}
	}
}

// cpu is what the proxy and all processes that it has started have used so far.
func (p *subject) cpu() (time.Duration, bool) { return treeCPU(p.child.pid()) }

func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	return readAll(response)
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
