// Package params reads the parameters that several protocols have in common, each under its
// own name there: the model, its tools, how hard it thinks, how long and how freely it
// answers.
//
// It also knows what is not to be read: bookkeeping, which says nothing about the answer,
// and parameters without effect here, which are named to the client instead; see [Table].
//
// Everything here is pure, and may be called by any number of goroutines.
package params
