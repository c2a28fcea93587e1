// Package jsonbody reads a request's JSON body so that every mistake in it can
// be named: by its path ("messages[3].content[0].type"), by what was found there
// and by what belongs there.
//
// [Parse] checks the whole body once. What it gives, a [Value], is a window on
// the body's own bytes: nothing is copied until [Value.Text] is asked for, so a
// prompt of several MiB costs one check and one copy. Members are matched by
// their exact names; where a name stands twice, callers see both, in order, and
// the usual "last one wins" falls out of assigning in a loop.
//
// Finding the values of a body that [json.Valid] has passed is done here and not
// by a library: gjson, the fastest there is, took 1.3 to 1.9 times as long for
// bodies of 8 MiB and up to three times the memory, because it unescapes every
// string on its way, wanted or not. encoding/json is what a fuzz test compares
// with.
//
// Errors are of kind [conversation.InvalidRequest]. They show numbers, booleans
// and field names, never the contents of strings, which may be prompt text.
//
// The body must not be changed while its values are in use. Values hold no state,
// so any number of goroutines may read them.
package jsonbody
