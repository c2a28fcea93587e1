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
