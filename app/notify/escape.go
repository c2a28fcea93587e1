package notify

import "strings"

// markup makes a text that reads as it stands where it is taken for markup, as the
// body of a notice on D-Bus desktops is. Quotes are left alone: some desktops know only
// these three.
func markup(text string) string { return markupEscapes.Replace(text) }

var markupEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// toast makes a text that stays one on Windows. There it goes into a CDATA section, and
// when the native way fails, that into a PowerShell string in double quotes, in
// which $(…) is a command. Error messages of others must not be run.
func toast(text string) string { return toastEscapes.Replace(text) }

var toastEscapes = strings.NewReplacer("]]>", "]] >", "$", "＄", "`", "'")
