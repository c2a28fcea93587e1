package process

import (
	"io"
	"os"
)

// readNow is not reached: there are no deadlines for pipes, and no need, since no
// process can leave the job and keep a pipe.
func readNow(*os.File, []byte) (int, error) { return 0, io.EOF }
