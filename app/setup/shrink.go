package setup

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
	models, _ := provider["models"].([]any)
	candidates := []map[string]any{{"baseUrl": provider["baseUrl"], "models": []any{}}}
	for n := range models {
		candidate := cloned(provider).(map[string]any)
		candidate["models"] = models[:n]
		candidates = append(candidates, candidate)
	}
	for _, candidate := range candidates {
		next := after.clone()
		next.set(candidate, providerPath...)
		if size := next.size(); size < length && acceptable(length, size) {
			return next, true
		}
	}
	return nil, false
}
