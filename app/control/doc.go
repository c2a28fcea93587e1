// Package control is what other commands of the same user can ask of a running app:
// its state, and every action of the menu.
//
//	GET  /state        → [State]
//	POST /do/{action}  → [State] once the action has taken effect
//
// A mistake is answered with {"error": "…"}. Who may ask is package instance's
// business.
package control
