package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"claude-max-api-proxy/app"
)

// settleTime bounds how long an action may take: stopping lets running requests
// finish for a while.
const settleTime = 30 * time.Second

// Controller is the app as far as it is asked here. [app.Controller] is one.
type Controller interface {
	Send(app.Msg)
	State() app.State
	Await(ctx context.Context, reached func(app.State) bool) (app.State, error)
}

// SignInChanged is what the sign-in command sends when it is done; it is no action of
// the menu.
const SignInChanged = "sign-in-changed"

// actions are those that other commands can ask for. The rest works without a
// running app.
var actions = []app.Action{app.Start, app.Stop, app.Restart, app.Quit, app.UseFreePort, app.ToggleNotifications}

// Handler answers for the controller.
func Handler(k Controller) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, stateOf(k.State()))
	})
	mux.HandleFunc("POST /do/"+SignInChanged, func(w http.ResponseWriter, _ *http.Request) {
		k.Send(app.LoginChanged{})
		answer(w, http.StatusOK, stateOf(k.State()))
	})
	mux.HandleFunc("POST /do/{action}", func(w http.ResponseWriter, r *http.Request) {
		action := app.Action(r.PathValue("action"))
		if !slices.Contains(actions, action) {
			refuse(w, http.StatusNotFound, "there is no action "+string(action))
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), settleTime)
		defer cancel()
		s, err := do(ctx, k, action)
		if errors.Is(err, app.ErrGone) && action == app.Quit {
			err = nil
		}
		if err != nil {
			refuse(w, http.StatusGatewayTimeout, "the app did not get it done: "+err.Error())
			return
		}
		answer(w, http.StatusOK, stateOf(s))
	})
	return mux
}

// do asks for the action and waits until its effect shows.
func do(ctx context.Context, k Controller, action app.Action) (app.State, error) {
	before := k.State()
	k.Send(app.Do{Action: action})
	switch action {
	case app.ToggleNotifications: // which may be refused, and then nothing changes
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return k.Await(ctx, func(s app.State) bool {
			return s.Settings.Notifications != before.Settings.Notifications
		})
	case app.UseFreePort:
		if before.Trouble == nil || before.Trouble.FreePort == 0 {
			return before, nil
		}
		return k.Await(ctx, func(s app.State) bool {
			return settled(s) && s.Settings.Port == before.Trouble.FreePort
		})
	// Somebody else may ask for the contrary meanwhile, and only the newest state is
	// seen: so each waits for what cannot be missed.
	case app.Restart, app.Start:
		return k.Await(ctx, func(s app.State) bool {
			overruled := before.Phase == app.Stopping && s.Phase == app.Stopped
			return s.NoSettings || s.Leaving || overruled || settled(s) && (s.Runs() > before.Runs() || action == app.Start && s.Phase.Serving())
		})
	case app.Stop:
		return k.Await(ctx, func(s app.State) bool {
			return s.Leaving || s.Phase == app.Stopped || s.Ended() >= before.Runs() && settled(s)
		})
	default: // Quit
		return k.Await(ctx, func(s app.State) bool { return s.Leaving && s.Phase != app.Stopping })
	}
}

// settled says whether the phase lasts.
func settled(s app.State) bool {
	return s.Phase != app.Starting && s.Phase != app.Stopping
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the other end has gone
}

func refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"error": message})
}
