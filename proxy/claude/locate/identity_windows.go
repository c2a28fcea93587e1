package locate

import "os"

// inode is not worth opening the file for: the CLI's updater writes a new file
// under a new name or moves the modification time.
func inode(os.FileInfo) uint64 { return 0 }
