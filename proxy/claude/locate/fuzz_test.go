package locate

import (
	"bytes"
	"path"
	"strings"
	"testing"
)

// FuzzParseShim: whatever stands in a shim, what comes out is a relative path of
// the expected kind.
func FuzzParseShim(f *testing.F) {
	for _, s := range []string{cmdNative, cmdScript, cmdPnpm, ps1Native, ps1Script, shNative, `"%dp0%\..\..\claude.exe"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parseShim(text)
		if !ok {
			if got != (shimTarget{}) {
				t.Fatalf("a target without ok: %+v", got)
			}
			return
		}
		if path.IsAbs(got.Rel) || got.Rel != path.Clean(got.Rel) || strings.ContainsAny(got.Rel, "\\%$:\"\n\x00") {
			t.Fatalf("not a clean relative path: %q", got.Rel)
		}
		if js := strings.HasSuffix(strings.ToLower(got.Rel), "js"); js != got.Script {
			t.Fatalf("wrong kind: %+v", got)
		}
	})
}

// FuzzClassify: no file's beginning makes the checks panic.
func FuzzClassify(f *testing.F) {
	f.Add([]byte(elfFor(62, "/lib/ld.so")))
	f.Add([]byte(peFor(3)))
	f.Add([]byte("#!/usr/bin/env -S node\n"))
	f.Fuzz(func(_ *testing.T, head []byte) {
		for _, goos := range []string{"linux", "darwin", "windows"} {
			classify(head, goos, "amd64")
		}
		shebang(head)
		elfInterpreter(bytes.NewReader(head))
	})
}
