package instance

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// guard lets through who has read instance.json, as only programs of this user can.
// Others learn nothing, not even what they have reached. Web pages are refused for
// more than the missing token:
//
//   - a page that has its own name resolve to 127.0.0.1 (DNS rebinding) still sends
//     that name as Host;
//   - browsers say by Origin and the Sec- headers, which pages cannot leave out, that
//     they are browsers.
type guard struct {
	address string
	// secret is the digest of the only right Authorization header: digests compare in
	// the same time whatever their texts are, and however long.
	secret [sha256.Size]byte
	next   http.Handler
}

func newGuard(address, token string, next http.Handler) *guard {
	return &guard{address, sha256.Sum256([]byte("Bearer " + token)), next}
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Host != g.address, fromBrowser(r.Header):
		refuse(w, http.StatusForbidden)
	case !g.admits(r.Header["Authorization"]):
		refuse(w, http.StatusUnauthorized)
	default:
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		g.next.ServeHTTP(w, r)
	}
}

func fromBrowser(h http.Header) bool {
	for name := range h {
		if name == "Origin" || strings.HasPrefix(name, "Sec-") {
			return true
		}
	}
	return false
}

func (g *guard) admits(authorization []string) bool {
	if len(authorization) != 1 {
		return false
	}
	sum := sha256.Sum256([]byte(authorization[0]))
	return subtle.ConstantTimeCompare(sum[:], g.secret[:]) == 1
}

// refuse answers without a word. The connection ends with it, so that the request's
// body is not read.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Connection", "close")
	w.WriteHeader(status)
}
