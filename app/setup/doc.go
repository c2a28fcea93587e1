// Package setup makes the configurations that client programs need to use the proxy.
package setup
