package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
)

// Write makes data the content of the file at path, with mode 0600; its folder
// has to be there. After an error the old file is as it was. A symbolic link at
// path is replaced by a file, not followed.
func Write(path string, data []byte) error {
	return write(path, data, Rename)
}

// WriteMode is Write with another mode, for files that are not ours.
func WriteMode(path string, data []byte, mode os.FileMode) error {
	return write(path, data, func(from, to string) error {
		if err := os.Chmod(from, mode); err != nil {
			return err
		}
		return Rename(from, to)
	})
}

func write(path string, data []byte, rename func(from, to string) error) (err error) {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // mode 0600, before there is a secret in it
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	_, err = temp.Write(data)
	if err == nil {
		// Or the new name could be on the disk before the content is, and a power
		// failure in between would leave an empty file.
		err = temp.Sync()
	}
	if err := errors.Join(err, temp.Close()); err != nil {
		return err
	}
	if err := rename(temp.Name(), path); err != nil {
		return err
	}
	settle(dir)
	return nil
}
