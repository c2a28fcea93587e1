// Package atomicfile replaces small files of the user's so that a reader, another
// program or a crash never meets half of one: it is the old file or the new one.
//
// What is written is readable by the user only. On Windows modes mean nothing;
// there the folders that we write to (%LOCALAPPDATA%) are the user's alone, and
// files inherit that.
//
// Two writers at the same time both succeed, and the later one's file stays. Who
// reads before writing needs a lock of his own.
package atomicfile
