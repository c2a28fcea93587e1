package setup

import (
	"maps"
	"slices"
)

// OpenClaw refuses a write that makes a configuration of 512 bytes or more shorter
// than half of it, as an accident. What a set-up adds is easily more than half of a
// small one, so the provider has to go in several writes.
const (
	guardedSize = 512
	// tolerance is for what OpenClaw writes differently than we count.
	tolerance = 32
)

// writes are the documents on the way to the last one, each of which OpenClaw
// accepts after the one before. length is the file's, in bytes.
func writes(length int, now, after document) []document {
	var all []document
	length = max(length, now.size())
	for !acceptable(length, after.size()) {
		next, ok := thinned(length, now, after)
		if !ok {
			break // OpenClaw will say it
		}
		all = append(all, next)
		now, length = next, next.size()
	}
	return append(all, after)
}

func acceptable(from, to int) bool {
	return from+tolerance < guardedSize || to-tolerance >= from/2
}

// thinned is the last document with as little of the provider as is acceptable.
func thinned(length int, now, after document) (document, bool) {
	value, _ := now.get(providerPath...)
	provider, _ := value.(map[string]any)
	for _, candidate := range thinner(provider) {
		next := after.clone()
		next.set(candidate, providerPath...)
		if size := next.size(); size < length && acceptable(length, size) {
			return next, true
		}
	}
	return nil, false
}

// optional are members of a model that OpenClaw does without.
var optional = []string{"compat", "input", "reasoning", "contextWindow", "maxTokens"}

// thinner are versions of a provider, the smallest first: without its models, then
// with one more after the other, each of which has its members one after the other.
func thinner(provider map[string]any) []map[string]any {
	models, _ := provider["models"].([]any)
	all := []map[string]any{{"baseUrl": provider["baseUrl"], "models": []any{}}}
	add := func(models ...any) {
		candidate := maps.Clone(provider)
		candidate["models"] = append([]any{}, models...) // never null
		all = append(all, candidate)
	}
	add()
	for n, value := range models {
		model, _ := value.(map[string]any)
		for k := len(optional); k >= 0; k-- {
			thin := maps.Clone(model)
			for _, key := range optional[:k] {
				delete(thin, key)
			}
			add(append(slices.Clone(models[:n]), thin)...)
		}
	}
	return all
}
