package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// OpenClaw is one that is installed on this machine. All it is asked and told goes
// through its own command line, which knows where its configuration is and what may
// stand in it.
type OpenClaw struct {
	Program string   // path of the command
	Env     []string // its environment
	// Secret is blotted out of whatever OpenClaw says; "" is none.
	Secret string
}

// oldest is the first version that has `config patch`.
var oldest = []int{2026, 4, 29}

var versionNumber = regexp.MustCompile(`\b(\d{4})\.(\d+)\.(\d+)`)

// look gives the version, as "2026.9.6", and the path of the configuration file,
// which need not be there.
func (o OpenClaw) look(ctx context.Context) (version, file string, err error) {
	said, err := o.run(ctx, nil, "--version")
	if err != nil {
		return "", "", err
	}
	// A version that is written in another way is taken for a newer one.
	version = strings.TrimSpace(said)
	if found := versionNumber.FindStringSubmatch(said); found != nil {
		version = found[0]
		var number []int
		for _, part := range found[1:] {
			n, _ := strconv.Atoi(part) // digits
			number = append(number, n)
		}
		if slices.Compare(number, oldest) < 0 {
			return "", "", fmt.Errorf("OpenClaw %s at %s is too old to be set up: its command \"openclaw config patch\" came with 2026.4.29; "+
				"update it with: openclaw update; or merge what claude-max-api setup openclaw --print shows into its openclaw.json by hand", version, o.Program)
		}
	}
	said, err = o.run(ctx, nil, "config", "file")
	if err != nil {
		return "", "", err
	}
	lines := strings.Split(strings.TrimSpace(said), "\n")
	file = strings.TrimSpace(lines[len(lines)-1])
	if rest, ok := strings.CutPrefix(file, "~"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", "", err
		}
		file = filepath.Join(home, rest)
	}
	if !filepath.IsAbs(file) {
		return "", "", fmt.Errorf("\"openclaw config file\" was to say where the configuration is, but said %q", file)
	}
	return version, file, nil
}

// read gives the configuration's text, nil where there is no file, and what it says.
func (o OpenClaw) read(ctx context.Context, file string) ([]byte, document, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, document{}, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("OpenClaw's configuration cannot be read: %w", err)
	}
	doc, err := parse(text)
	if err != nil {
		// OpenClaw says better what is wrong.
		if _, invalid := o.run(ctx, nil, "config", "validate"); invalid != nil {
			return nil, nil, invalid
		}
		return nil, nil, fmt.Errorf("%s cannot be understood, although OpenClaw takes it: %w", file, err)
	}
	if doc.includes() {
		return nil, nil, fmt.Errorf("%s takes parts of the configuration from other files ($include), which an undo could not put back; "+
			"merge what claude-max-api setup openclaw --print shows into them by hand", file)
	}
	return text, doc, nil
}

// patch has OpenClaw merge a patch into its configuration, or only check it. The
// patch goes over stdin: it may hold the API key, and other programs can read
// arguments. Where it has the provider, that one becomes exactly the patch's:
// OpenClaw refuses to merge lists that lose a model.
func (o OpenClaw) patch(ctx context.Context, patch []byte, args ...string) (said string, err error) {
	doc, err := parse(patch)
	if err != nil {
		return "", err
	}
	args = append([]string{"config", "patch", "--stdin"}, args...)
	if p, ok := doc.get(providerPath...); ok && p != nil {
		args = append(args, "--replace-path", strings.Join(providerPath, "."))
	}
	return o.run(ctx, patch, args...)
}

// lingering is how long a child of OpenClaw's may hold its output after it has ended.
const lingering = 5 * time.Second

// run gives what the command printed to stdout. Its error has everything it said.
func (o OpenClaw) run(ctx context.Context, stdin []byte, args ...string) (string, error) {
	command := exec.CommandContext(ctx, o.Program, args...)
	command.Env = o.Env
	command.Stdin = bytes.NewReader(stdin)
	command.WaitDelay = lingering
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		said := strings.TrimSpace(stderr.String() + "\n" + stdout.String())
		return "", fmt.Errorf("%q failed (%w) and said:\n%s", "openclaw "+strings.Join(args, " "), err, o.blot(said))
	}
	return o.blot(stdout.String()), nil
}

// blot takes the secret out of a text.
func (o OpenClaw) blot(text string) string {
	if o.Secret == "" {
		return text
	}
	return strings.ReplaceAll(text, o.Secret, "(the API key)")
}
