//go:build !unix

package leftovers

// look is for systems where a socket is a file that outlives its process.
func look(string) state { return none }
