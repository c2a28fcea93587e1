package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"claude-max-api-proxy/app/settings/atomicfile"
)

// SetAside moves a settings file that is broken to "<path>.broken", or
// "<path>.broken-2" and so on where there is one already, and says where it lies
// now, readable by the user only. It does not judge whether the file is broken.
func SetAside(path string) (aside string, err error) {
	if _, err := os.Stat(path); err != nil { // alone would make its folder
		return "", fmt.Errorf("the settings file cannot be moved away: %w", err)
	}
	err = alone(path, func(file string) error {
		if aside, err = keep(file, nil); err != nil {
			return cannotWrite(err)
		}
		err := os.Chmod(file, 0o600)
		if err == nil {
			// Over the empty file that has the name. A copy could miss what an
			// editor is just writing.
			err = atomicfile.Rename(file, aside)
		}
		if err != nil {
			return cannotWrite(errors.Join(err, os.Remove(aside)))
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("the settings file %s was not moved away: %w", path, err)
	}
	return aside, nil
}

// keep writes text into a new file beside the settings file.
func keep(file string, text []byte) (aside string, err error) {
	aside = file + ".broken"
	for n := 2; ; n++ {
		f, err := os.OpenFile(aside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			aside = fmt.Sprintf("%s.broken-%d", file, n)
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.Write(text)
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return "", errors.Join(err, os.Remove(aside))
		}
		return aside, nil
	}
}
