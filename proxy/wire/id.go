package wire

import "crypto/rand"

// idLength is that of the random part of OpenAI's own ids.
const idLength = 29

const idAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// NewID gives a fresh id with the prefix that says what it names, for instance
// "chatcmpl-".
func NewID(prefix string) string {
	var random [idLength]byte
	_, _ = rand.Read(random[:]) // never fails: see crypto/rand
	for i, b := range random {
		// 256 is no multiple of 62, so some letters come a little more often. An id
		// has to be unlike any other, which it is; it is no secret.
		random[i] = idAlphabet[int(b)%len(idAlphabet)]
	}
	return prefix + string(random[:])
}
