package setup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"claude-max-api-proxy/app/settings/atomicfile"
)

// record says how to go back. It lies beside the configuration, because a person may
// have several of them, and ends with the undo.
type record struct {
	// Backup is the name of the copy, beside the configuration; "" when there was no
	// configuration.
	Backup string `json:"backup"`
	// Patched is the SHA-256 of the configuration as the set-up left it: whoever finds
	// another one knows that it was changed since.
	Patched string `json:"patched"`

	file string // the configuration
}

func recordPath(file string) string { return file + "." + providerID }

// keep copies the configuration before the first set-up. A later one finds that
// copy, and first is false. A record that was left although the person has undone
// the set-up by hand is of no use any more.
func keep(file string, text []byte, now document) (r record, first bool, err error) {
	r, err = readRecord(file)
	_, provided := now.get(providerPath...)
	ours := provided || strings.HasPrefix(now.primary(), providerID+"/")
	if err == nil && ours {
		return r, false, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return r, false, err
	}
	r, err = begin(file, text)
	if err != nil {
		return r, false, err
	}
	return r, true, r.save()
}

// begin copies a configuration, nil where there is none. Its record is not saved yet.
func begin(file string, text []byte) (record, error) {
	r := record{file: file}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return r, err
	}
	if text == nil {
		return r, nil
	}
	r.Backup = filepath.Base(file) + ".before-" + providerID + "-" + time.Now().Format("20060102-150405.000")
	return r, atomicfile.Write(r.place(), text) // with mode 0600: there are keys in it
}

func readRecord(file string) (record, error) {
	r := record{file: file}
	text, err := os.ReadFile(recordPath(file))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s says how to undo, but is broken: %w", recordPath(file), err)
	}
	if r.Backup != filepath.Base(r.Backup) && r.Backup != "" {
		return r, fmt.Errorf("%s names a backup that is not beside it: %q", recordPath(file), r.Backup)
	}
	return r, nil
}

func (r record) save() error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(recordPath(r.file), append(text, '\n'))
}

// place is the path of the copy.
func (r record) place() string { return filepath.Join(filepath.Dir(r.file), r.Backup) }

// told says where the copy is.
func (r record) told() string {
	if r.Backup == "" {
		return "There was no configuration before; undo takes this one away."
	}
	return "The configuration from before is in " + r.place()
}

// text is the configuration from before; nil when there was none.
func (r record) text() ([]byte, error) {
	if r.Backup == "" {
		return nil, nil
	}
	text, err := os.ReadFile(r.place())
	if err != nil {
		return nil, fmt.Errorf("the backup of the configuration is gone: %w", err)
	}
	return text, nil
}

// end forgets the set-up; the copy stays.
func (r record) end() error { return os.Remove(recordPath(r.file)) }

// discard takes the copy away, too.
func (r record) discard() {
	_ = r.end() // a record that stays is found to be of no use
	if r.Backup != "" {
		_ = os.Remove(r.place()) // it equals the configuration
	}
}

// unchanged fails where the file is not as it was read; nil stands for none.
func unchanged(file string, text []byte) error {
	now, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if !bytes.Equal(now, text) {
		return fmt.Errorf("%s was changed in the meantime; look at the changes again", file)
	}
	return nil
}

func sum(text []byte) string {
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:])
}
