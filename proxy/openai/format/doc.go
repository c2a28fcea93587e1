// Package format keeps OpenAI's promise of response_format: a complete answer is JSON
// of the form that the client asked for, or an error, never prose.
//
//	response_format ─ Read ─► Format ─┬─ Schema       what upstream can enforce
//	                                  ├─ Instruction  what the model is told instead
//	                                  └─ Enforce      holds the answer back, checks it
//
// Anthropic enforces schemas (output_config.format,
// https://docs.anthropic.com/en/docs/build-with-claude/structured-outputs), but not all
// of JSON Schema. So it gets a schema without the constraints that it refuses, and the
// answer is checked here against the whole one. What cannot be said so, as objects with
// any members or recursion, is told to the model in the system prompt.
//
// Values are not changed after Read; any number of goroutines may use them.
package format
