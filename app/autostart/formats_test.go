package autostart

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCharactersThatAFormatCannotCarryAreNamed(t *testing.T) {
	for _, c := range []struct{ text, exec, plist, run string }{
		{"/opt/two words/it's ünïcode (1), [2]; #~/日本", "", "", ""},
		{"/a$b", "the character $", "", ""},
		{"/a`b", "the character `", "", ""},
		{"/a%b", "the character %", "", "the character %"},
		{`/a"b`, `the character "`, "", ""},
		{`/a\b`, `the character \`, "", ""},
		{"/a&b", "", "the character &", ""},
		{"/a<b", "", "the character <", ""},
		{"/a>b", "", "", ""},
		{"/a]]>b", "", `"]]>"`, ""},
		{"/a=b", "the character =", "", ""},
		{"/a\nb", "a line break", "a line break", "a line break"},
		{"/a\x00b", "the character U+0000", "the character U+0000", "the character U+0000"},
		{"/a\x7fb", "the character U+007F", "the character U+007F", "the character U+007F"},
		{"/a\u00a0b", "the character U+00A0", "", ""}, // Go's quoting escapes it
		{"/a\xffb", "bytes that are no UTF-8", "bytes that are no UTF-8", "bytes that are no UTF-8"},
		{"", "", "", ""},
	} {
		assert.Equal(t, c.exec, unfitForExec(c.text, true), "Exec: %q", c.text)
		assert.Equal(t, c.plist, unfitForPlist(c.text, true), "plist: %q", c.text)
		assert.Equal(t, c.run, unfitForRun(c.text, true), "Run: %q", c.text)
	}
	assert.Empty(t, unfitForExec("--port=3456", false), "arguments may have an equals sign")
}

func TestExecLinesAreSplitAsTheSpecificationSays(t *testing.T) {
	for line, want := range map[string][]string{
		`/usr/bin/app`:                  {"/usr/bin/app"},
		`  app   -a  b `:                {"app", "-a", "b"},
		`"/opt/two words/app" "" tray`:  {"/opt/two words/app", "", "tray"},
		`app %U --icon %i x%fy`:         {"app", "--icon", "xy"},
		`app 100%% "50%%"`:              {"app", "100%", "50%"},
		`"a\"b\\c\` + "`" + `\$d" "'>"`: {"a\"b\\c`$d", "'>"},
		`app --url=http://x/`:           {"app", "--url=http://x/"},
	} {
		argv, err := parseExec(line)
		assert.NoError(t, err, line)
		assert.Equal(t, want, argv, line)
	}
	for _, line := range []string{
		``, `   `, `"open`, `"a"b`, `"a\n"`, `"a$b"`, `"a` + "`" + `b"`, `a'b`, `a;b`, `a\ b`, `app 100%`, `app %z`, `"a\`,
	} {
		_, err := parseExec(line)
		assert.Error(t, err, line)
	}
}

func TestDesktopFilesSayWhetherTheyAreOn(t *testing.T) {
	for name, c := range map[string]struct {
		lines string
		on    bool
		argv  []string
	}{
		"plain":             {"Exec=app tray", true, []string{"app", "tray"}},
		"GNOME on":          {"Exec=app\nX-GNOME-Autostart-enabled=true", true, []string{"app"}},
		"GNOME off":         {"Exec=app\nX-GNOME-Autostart-enabled=false", false, []string{"app"}},
		"MATE off":          {"Exec=app\nX-MATE-Autostart-enabled=false", false, []string{"app"}},
		"hidden":            {"Exec=app\nHidden=true", false, []string{"app"}},
		"hidden, with room": {"Exec = app\nHidden\t=  true \r", false, []string{"app"}},
		"not hidden":        {"Exec=app\nHidden=false", true, []string{"app"}},
		"a comment":         {"Exec=app\n#Hidden=true", true, []string{"app"}},
		"an action's key":   {"Exec=app\n[Desktop Action x]\nHidden=true\nExec=other", true, []string{"app"}},
		"the last counts":   {"Exec=app\nHidden=true\nHidden=false", true, []string{"app"}},
		"escapes below":     {`Exec="a\\\\b"\s"c"`, true, []string{`a\b`, "c"}},
		"no command":        {"Name=x", true, nil},
		"a broken command":  {`Exec="app`, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			k := parseDesktopFile("# ours\n\n[Desktop Entry]\nType=Application\n" + c.lines + "\n")
			assert.Equal(t, c.on, k.on)
			assert.Equal(t, c.argv, k.argv)
			assert.Equal(t, c.argv == nil, k.reason != nil, "%v", k.reason)
		})
	}
	k := parseDesktopFile("Exec=app\n")
	assert.Error(t, k.reason, "keys before any group count for nothing")
}

func TestJobsSayWhetherTheyAreOn(t *testing.T) {
	const program = `<key>ProgramArguments</key><array><string>/a b/app</string><string></string><string>x &amp; y</string></array>`
	argv := []string{"/a b/app", "", "x & y"}
	for name, c := range map[string]struct {
		dict string
		on   bool
		argv []string
	}{
		"at load":       {program + `<key>RunAtLoad</key><true/>`, true, argv},
		"not at load":   {program + `<key>RunAtLoad</key><false/>`, false, argv},
		"on demand":     {program, false, argv},
		"disabled":      {program + `<key>RunAtLoad</key><true/><key>Disabled</key><true/>`, false, argv},
		"not disabled":  {`<key>Disabled</key><false/><key>RunAtLoad</key><true/>` + program, true, argv},
		"more keys":     {`<key>KeepAlive</key><dict><key>RunAtLoad</key><false/></dict><key>RunAtLoad</key><true/>` + program, true, argv},
		"no program":    {`<key>RunAtLoad</key><true/>`, true, nil},
		"broken":        {program + `<key>RunAtLoad</key><true/`, true, nil},
		"not escaped":   {`<key>ProgramArguments</key><array><string>a & b</string></array>`, true, nil},
		"a second dict": {program + `<key>RunAtLoad</key><true/></dict><dict>`, true, argv},
	} {
		t.Run(name, func(t *testing.T) {
			k := parsePlist(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>` + c.dict + `</dict></plist>`)
			assert.Equal(t, c.on, k.on)
			assert.Equal(t, c.argv, k.argv)
			assert.Equal(t, c.argv == nil, k.reason != nil, "%v", k.reason)
		})
	}
	for _, text := range []string{"bplist00\x00", "<html></html>", "<plist><array/></plist>", "<plist><dict>"} {
		k := parsePlist(text)
		assert.True(t, k.on)
		assert.Error(t, k.reason, text)
	}
}
