package app

import "context"

// perform carries out an effect, or has it carried out.
func (k *Controller) perform(life context.Context, e Effect, s State) {
	switch e := e.(type) {
	case startRun:
		k.startRun(life, e)
	case stopRun:
		k.endRun(nil)
	case recheck:
		k.recheck(e.newLogin)
	case usePort:
		k.errand(func() {
			k.complain("The port could not be changed", k.ports.UsePort(e.port))
			k.Send(k.ports.ReadSettings())
		})
	case toggleNotifications:
		k.errand(func() {
			on := !k.ports.ReadSettings().Settings.Notifications
			k.complain("The setting could not be saved", k.ports.SetNotifications(on))
			k.Send(k.ports.ReadSettings())
		})
	case toggleLaunchAtLogin:
		k.errand(func() {
			change := k.ports.LaunchAtLogin.Enable
			if k.launchAtLogin() == On {
				change = k.ports.LaunchAtLogin.Disable
			}
			k.complain("Launch at login could not be changed", change())
			k.Send(LaunchAtLoginSeen{k.launchAtLogin()})
		})
	case copyBaseURL:
		k.errand(func() { k.copy("Base URL", e.url) })
	case copyOpenClawConfig:
		k.errand(func() {
			text, err := k.ports.OpenClawConfig(e.url)
			if err != nil {
				k.complain("No configuration for OpenClaw", err)
				return
			}
			k.copy("OpenClaw configuration", text)
		})
	case errand:
		if do := k.ports.Errands[e.action]; do != nil {
			k.errand(func() { k.complain(errandFailed[e.action], do(s)) })
		}
	}
}

// errandFailed are the titles for errands that went wrong.
var errandFailed = map[Action]string{
	SignInToClaude: "The sign-in could not be started",
	SetUpOpenClaw:  "The set-up of OpenClaw could not be started",
	OpenLog:        "The log could not be opened",
}

// errand queues work that may take its time, for one goroutine to do in order.
func (k *Controller) errand(do func()) {
	select {
	case k.errands <- do:
	default:
		k.log.Warn("too much is asked for at once; something was left out")
	}
}

func (k *Controller) runErrands() {
	for do := range k.errands {
		do()
	}
}

// complain tells the person who asked for it that something did not work.
func (k *Controller) complain(title string, err error) {
	if err == nil {
		return
	}
	k.log.Warn(title, "cause", err)
	k.tell(Notice{Title: title, Body: err.Error()})
}

// copy puts a text on the clipboard, or else where it can be read.
func (k *Controller) copy(what, text string) {
	if err := k.ports.Copy(text); err != nil {
		k.log.Warn("there is no clipboard", "cause", err)
		k.tell(Notice{Title: what + " (the clipboard does not work)", Body: text})
	}
}

func (k *Controller) tell(n Notice) {
	if k.ports.Tell != nil {
		k.ports.Tell(n)
	}
}

func (k *Controller) launchAtLogin() Switch {
	if k.ports.LaunchAtLogin == nil {
		return Unavailable
	}
	on, err := k.ports.LaunchAtLogin.Enabled()
	switch {
	case err != nil:
		k.log.Debug("launch at login is not known", "cause", err)
		return Unavailable
	case on:
		return On
	}
	return Off
}
