package leftovers

// state is what can be seen of a socket.
type state int

const (
	none state = iota // or it is no socket of this user
	dead              // nobody listens
	live              // somebody does, or may
)
