package leftovers

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
)

// pipeName matches a named pipe of Windows, which the CLI knows by several spellings.
var pipeName = regexp.MustCompile(`(?i)^[\\/]{2}[.?][\\/]pipe[\\/](?:(LOCAL)[\\/])?([^\\/]+)$`)

// keyName is the file with the key to a process's socket.
func keyName(pid int, socket string) string {
	if parts := pipeName.FindStringSubmatch(socket); parts != nil {
		name := parts[2]
		if parts[1] != "" {
			name = `LOCAL\` + name
		}
		socket = `\\.\pipe\` + strings.ToLower(name)
	}
	hash := sha256.Sum256([]byte(socket))
	return strconv.Itoa(pid) + "." + hex.EncodeToString(hash[:]) + ".key"
}
