package terminal

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// opener is by its full path: PATH is not ours.
const opener = "/usr/bin/open"

// open has Terminal run a script, because it takes no command otherwise without the
// user's leave to control it. Where Terminal is gone, whatever opens such scripts will do.
func open(ctx context.Context, argv []string) error {
	script, err := writeScript(argv)
	if err != nil {
		return err
	}
	for _, args := range [][]string{{"-a", "Terminal", script}, {script}} {
		var out []byte
		if out, err = exec.CommandContext(ctx, opener, args...).CombinedOutput(); err == nil {
			return nil
		}
		err = fmt.Errorf("open failed with %w: %s", err, bytes.TrimSpace(out))
	}
	_ = os.RemoveAll(filepath.Dir(script))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
