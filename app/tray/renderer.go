package tray

import (
	"claude-max-api-proxy/assets"
)

// surface is what can be drawn on: the tray library, or a recording in tests.
type surface interface {
	SetIcon(assets.Icon)
	SetTooltip(string)
	// Add appends a line; it is called for all of them before anything else.
	Add(Item) line
}

// line is a drawn line of the menu.
type line interface {
	SetTitle(string)
	SetEnabled(bool)
	SetChecked(bool)
	SetHidden(bool)
}

// renderer draws a look by changing only what differs from the one before: each
// change goes to the desktop as a message, and an open menu flickers with it.
type renderer struct {
	on    surface
	lines []line
	drawn Look
}

func (r *renderer) draw(l Look) {
	if l.Icon != r.drawn.Icon {
		r.on.SetIcon(l.Icon)
	}
	if l.Tooltip != r.drawn.Tooltip {
		r.on.SetTooltip(l.Tooltip)
	}
	for i, item := range l.Menu {
		if i == len(r.lines) {
			added := r.on.Add(item)
			r.lines = append(r.lines, added)
			if !item.Separator && item.Hidden {
				added.SetHidden(true)
			}
			continue
		}
		if before := r.drawn.Menu[i]; !item.Separator && before != item {
			change(r.lines[i], before, item)
		}
	}
	r.drawn = l
}

func change(drawn line, before, now Item) {
	if before.Title != now.Title {
		drawn.SetTitle(now.Title)
	}
	if before.Enabled != now.Enabled {
		drawn.SetEnabled(now.Enabled)
	}
	if before.Checked != now.Checked {
		drawn.SetChecked(now.Checked)
	}
	if before.Hidden != now.Hidden {
		drawn.SetHidden(now.Hidden)
	}
}
