package attacker

import "slices"

// attempt is one way of a page to send a request; page/attempts.js has it under its
// name.
type attempt struct{ name, title string }

var attempts = []attempt{
	{"fetch-json", "fetch, as any client would"},
	{"fetch-stream", "fetch of a stream"},
	{"fetch-simple", "fetch with text/plain, which needs no preflight"},
	{"fetch-no-cors", "fetch with no-cors"},
	{"fetch-no-type", "fetch with no-cors and no Content-Type"},
	{"fetch-no-referrer", "fetch with no-cors that hides where it comes from"},
	{"fetch-keepalive", "fetch that outlives its page"},
	{"fetch-credentials", "fetch with credentials"},
	{"fetch-key", "fetch with an API key"},
	{"fetch-key-chat", "fetch of an answer with an API key"},
	{"fetch-claims", "fetch that sets Origin, Host and Sec-Fetch-Site itself"},
	{"fetch-local", "fetch that names the loopback address space"},
	{"fetch-models", "fetch of the models"},
	{"fetch-models-no-cors", "fetch of the models with no-cors"},
	{"fetch-health", "fetch of /health"},
	{"fetch-head", "HEAD"},
	{"fetch-options", "OPTIONS"},
	{"fetch-delete", "DELETE"},
	{"redirect-302", "redirect (302) from the page's own server"},
	{"redirect-307", "redirect (307) that keeps the body"},
	{"redirect-twice", "redirect by a third origin"},
	{"xhr-json", "XMLHttpRequest with application/json"},
	{"xhr-simple", "XMLHttpRequest with text/plain"},
	{"beacon", "sendBeacon"},
	{"beacon-json", "sendBeacon with application/json"},
	{"ping", "a link's ping"},
	{"csp-report", "a report of a Content-Security-Policy"},
	{"eventsource", "EventSource"},
	{"websocket", "WebSocket"},
	{"img", "img"},
	{"script", "script"},
	{"module", "script as a module"},
	{"stylesheet", "stylesheet"},
	{"prefetch", "prefetch"},
	{"object", "object"},
	{"iframe", "iframe of the models"},
	{"iframe-health", "iframe of /health"},
	{"form-urlencoded", "form, urlencoded"},
	{"form-multipart", "form, multipart"},
	{"form-plain", "form, text/plain that is JSON"},
	{"window", "window.open"},
	{"worker", "worker"},
	{"service-worker", "service worker"},
	{"sandbox", "sandboxed frame, whose origin is null"},
	{"data-url", "data: frame, whose origin is null"},
	{"by-localhost", "by the name localhost"},
	{"by-ipv6", "by [::1]"},
	{"by-mapped", "by [::ffff:127.0.0.1]"},
	{"by-zero", "by 0.0.0.0"},
	{"by-short", "by 127.1"},
	{"by-subdomain", "by localhost.evil.test"},
	{"by-name", "by a name that leads to 127.0.0.1"},
	{"by-dot", "by localhost with a dot behind"},
	{"control-state", "the app's server: fetch of its state"},
	{"control-quit", "the app's server: fetch of quit with no-cors"},
	{"control-token", "the app's server: fetch of quit with its token, stolen"},
	{"control-form", "the app's server: form that stops"},
	{"control-beacon", "the app's server: sendBeacon that restarts"},
	{"control-img", "the app's server: img"},
	{"control-script", "the app's server: script"},
	{"control-iframe", "the app's server: iframe"},
	{"control-websocket", "the app's server: WebSocket"},
}

// all are the names of every attempt but some.
func all(but ...string) []string {
	var names []string
	for _, a := range attempts {
		if !slices.Contains(but, a.name) {
			names = append(names, a.name)
		}
	}
	return names
}

func title(name string) string {
	i := slices.IndexFunc(attempts, func(a attempt) bool { return a.name == name })
	return attempts[i].title
}
