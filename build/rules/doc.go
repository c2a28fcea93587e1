// Package rules holds the rules of the house as tests: who may import whom, and
// that every package says what it is for.
package rules
