package claude

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"claude-max-api-proxy/proxy/conversation"
)

// accepted notes that upstream has answered: the login is good, and no limit holds for the
// model.
func (d *Driver) accepted(model string) {
	d.mu.Lock()
	d.refused = nil
	var listed []listedModel
	if d.installation != nil {
		listed = d.installation.models
	}
	passed := d.windows.passed(model, listed)
	d.mu.Unlock()
	if d.saw(conversation.SignedIn); passed {
		d.config.Changed()
	}
}

// recognised notes that upstream knows the login, though it did not answer.
func (d *Driver) recognised() {
	d.mu.Lock()
	d.refused = nil
	d.mu.Unlock()
	d.saw(conversation.SignedIn)
}

// refusedLogin notes that upstream did not accept a login. Where there is another one since, that
// says nothing of it.
func (d *Driver) refusedLogin(l login) {
	file := d.loginFile()
	d.mu.Lock()
	same := l == (login{file, d.logins})
	if same {
		d.refused = &l.file
	}
	d.mu.Unlock()
	if !same {
		d.doubtSignIn()
		return
	}
	d.saw(conversation.SignedOut)
}

// saw notes what is known of the login, and when. One that is missing is looked
// for from then on.
func (d *Driver) saw(s conversation.SignIn) {
	d.mu.Lock()
	changed := d.signIn != s
	d.signIn, d.signInAt = s, time.Now()
	watch := s == conversation.SignedOut && !d.watching && !d.closed
	if watch {
		d.watching = true
		d.running.Add(1)
	}
	d.mu.Unlock()
	if changed {
		d.config.Log.Info("sign-in", "state", string(s))
		d.config.Changed()
	}
	if watch {
		go func() {
			defer d.running.Done()
			d.watchForLogin()
		}()
	}
}

// watchForLogin ends when there is a login again. Each look starts the CLI once: at
// first every minute, while somebody may be busy with it, then less and less, down to
// four times an hour.
func (d *Driver) watchForLogin() {
	first := 2 * d.config.look
	for wait := first; ; wait = min(wait*3/2, 15*first) {
		select {
		case <-time.After(wait):
		case <-d.life.Done():
			return
		}
		if d.signedIn() {
			return
		}
		if i := d.known(); i != nil {
			d.checkSignIn(d.life, i)
		}
		if d.signedIn() {
			return
		}
	}
}

// signedIn says whether there is a login; then nobody looks for one any more.
func (d *Driver) signedIn() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.signIn != conversation.SignedIn {
		return false
	}
	d.watching = false
	return true
}

// LoginChanged says that somebody may have signed in just now, perhaps with another
// account: what upstream said of the former login and its plan counts no more.
func (d *Driver) LoginChanged(ctx context.Context) {
	d.mu.Lock()
	d.refused = nil
	d.logins++
	told := len(d.windows) > 0
	d.windows = nil
	d.mu.Unlock()
	if told {
		d.config.Changed()
	}
	d.Recheck(ctx)
}

// Recheck looks again at what may have changed while the machine slept: the CLI,
// the login, and waiting processes, whose connections are dead. It costs nothing
// upstream.
func (d *Driver) Recheck(ctx context.Context) {
	if !d.enter() {
		return
	}
	defer d.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(d.life, cancel)()
	i, err := d.installed(ctx)
	if err != nil {
		return // noted by learn
	}
	d.pool.renew(d.usual(i))
	d.pool.settled()
	d.checkSignIn(ctx, i)
}

// doubtLimit is how often failures make the driver ask for the login.
const doubtLimit = time.Minute

// doubtSignIn asks for the login after a failure that may have to do with it.
func (d *Driver) doubtSignIn() {
	d.mu.Lock()
	i := d.installation
	if i == nil || d.closed || time.Since(d.checkedAt) < doubtLimit {
		d.mu.Unlock()
		return
	}
	d.checkedAt = time.Now()
	d.running.Add(1)
	d.mu.Unlock()
	go func() {
		defer d.running.Done()
		d.checkSignIn(d.life, i)
	}()
}

// login is what tells one from the next.
type login struct {
	file   loginFile
	logins int // see Driver
}

// loginNow is the login that a process gets which is started now.
func (d *Driver) loginNow() login {
	file := d.loginFile()
	d.mu.Lock()
	defer d.mu.Unlock()
	return login{file, d.logins}
}

// loginFile is what can be seen of a stored login without reading it: when its file
// was written, and its length. On macOS the login is in the keychain, and this
// never changes.
type loginFile struct {
	written time.Time
	size    int64
}

func (d *Driver) loginFile() loginFile {
	info, err := os.Stat(filepath.Join(configDir(d.config.environ("")), ".credentials.json"))
	if err != nil {
		return loginFile{}
	}
	return loginFile{info.ModTime(), info.Size()}
}
