// Package platforms shows, on any one machine, that the program fits the others it
// is made for. Its tests need neither a Mac nor Windows, nor their compilers:
//
//	go build   the program, for every platform it is given out for, without cgo
//	go vet     all packages and their tests, for macOS and Windows, without cgo
//	types      the whole program for macOS with cgo, as its menu-bar icon needs it
//
// The last is needed because a Mac's icon is written in Objective-C: the files behind
// it are left out wherever cgo is off, and with cgo on, the go command wants Apple's
// compiler. Type-checking needs none, as long as it takes every C.name on trust: so
// what these tests cannot see are mistakes in C and Objective-C, and between them and
// Go. A Mac has to build those.
package platforms
