// Package openaitest checks bodies against OpenAI's published schema. It is for
// tests only, of any package that makes such bodies.
package openaitest
