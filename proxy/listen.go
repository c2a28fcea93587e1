package proxy

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// Loopback is the listen address that stands for both 127.0.0.1 and ::1:
// "localhost" resolves to either, depending on the client.
const Loopback = "localhost"

// Listen opens the port on the address: [Loopback], an IP address, or a name.
// Port 0 lets the system choose. [InUse] tells whether an error means that the port is taken.
func Listen(address string, port int) ([]net.Listener, error) {
	if address != Loopback {
		l, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(port)))
		if err != nil {
			return nil, fmt.Errorf("cannot listen on %s: %w", net.JoinHostPort(address, strconv.Itoa(port)), err)
		}
		return []net.Listener{l}, nil
	}
	if port != 0 {
		return listenBoth(port)
	}
	// A port that is free for IPv4 may be taken for IPv6: try a few.
	for range 10 {
		if listeners, err := listenBoth(0); err == nil || !InUse(err) {
			return listeners, err
		}
	}
	return listenBoth(0)
}

func listenBoth(port int) ([]net.Listener, error) {
	v4, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("cannot listen on 127.0.0.1:%d: %w", port, err)
	}
	port = Port(v4)
	v6, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(port)))
	switch {
	case err == nil:
		return []net.Listener{v4, v6}, nil
	case InUse(err):
		// Half of localhost would be somebody else's.
		return nil, errors.Join(fmt.Errorf("cannot listen on [::1]:%d: %w", port, err), v4.Close())
	}
	return []net.Listener{v4}, nil // a machine without IPv6
}

// Port is the port of a listener.
func Port(l net.Listener) int {
	if address, ok := l.Addr().(*net.TCPAddr); ok {
		return address.Port
	}
	return 0
}

// IsLoopback says whether only this machine can reach a listener on the address.
func IsLoopback(address string) bool {
	if address == Loopback {
		return true
	}
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.IsLoopback()
}
