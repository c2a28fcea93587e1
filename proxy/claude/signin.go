package claude

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"claude-max-api-proxy/proxy/conversation"
)

// signInLimit bounds `claude auth status`, which takes up to three seconds.
const signInLimit = 20 * time.Second

// checkSignIn asks the CLI whether it has a login. It looks at this machine only:
// an expired login still counts as one, and only an answer of upstream tells.
func (d *Driver) checkSignIn(ctx context.Context, i *installation) {
	ctx, cancel := context.WithTimeout(ctx, signInLimit)
	defer cancel()
	in, err := d.authStatus(ctx, i)
	switch {
	case err != nil:
		d.config.Log.Info("the login is not known", "cause", err)
	case in && !d.refusedAlready():
		d.saw(conversation.SignedIn)
	case in: // upstream knows better than this machine
	default:
		d.saw(conversation.SignedOut)
	}
}

func (d *Driver) authStatus(ctx context.Context, i *installation) (bool, error) {
	said, exit, err := d.run(ctx, i, "auth", "status")
	if err != nil {
		return false, err
	}
	var status struct {
		LoggedIn *bool `json:"loggedIn"`
	}
	if err := json.Unmarshal(said, &status); err != nil || status.LoggedIn == nil {
		return false, fmt.Errorf("`claude auth status` did not say; it ended with: %s", exit)
	}
	return *status.LoggedIn, nil
}

// refusedAlready says whether the login that is there is still the one that upstream
// did not accept.
func (d *Driver) refusedAlready() bool {
	d.mu.Lock()
	refused := d.refused
	d.mu.Unlock()
	return refused != nil && *refused == d.loginFile()
}
