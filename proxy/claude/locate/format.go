package locate

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
	"strings"
)

// headSize is how much of a file is read to tell what it is, in bytes. npm's
// shims and placeholder are smaller; a program's headers fit.
const headSize = 16 << 10

// format is what a file's first bytes say that it is.
type format int

const (
	formatUnknown format = iota // text without #!, or nothing we know
	formatNative
	formatScript // starts with #!
)

// classify tells the format of a file by its first bytes. mismatch is not empty
// when it is a program, but not for this system: "is a Windows program".
func classify(head []byte, goos, goarch string) (f format, mismatch string) {
	switch {
	case bytes.HasPrefix(head, []byte("#!")):
		return formatScript, ""
	case bytes.HasPrefix(head, []byte("\x7fELF")):
		if goos == "darwin" || goos == "windows" {
			return formatNative, "is a Linux program"
		}
		return formatNative, elfMismatch(head, goarch)
	case bytes.HasPrefix(head, []byte("MZ")):
		if goos != "windows" {
			return formatNative, "is a Windows program"
		}
		return formatNative, peMismatch(head)
	case isMachO(head):
		if goos != "darwin" {
			return formatNative, "is a macOS program"
		}
		return formatNative, ""
	}
	return formatUnknown, ""
}

// elfMachine has the machines that Go runs on and that the CLI may be built for.
var elfMachine = map[string]elf.Machine{
	"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "386": elf.EM_386, "arm": elf.EM_ARM,
	"riscv64": elf.EM_RISCV, "loong64": elf.EM_LOONGARCH, "ppc64le": elf.EM_PPC64, "s390x": elf.EM_S390,
}

func elfMismatch(head []byte, goarch string) string {
	want, known := elfMachine[goarch]
	if len(head) < 20 || !known {
		return ""
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[5] == byte(elf.ELFDATA2MSB) {
		order = binary.BigEndian
	}
	if got := elf.Machine(order.Uint16(head[18:])); got != want {
		return "is built for another processor (" + strings.TrimPrefix(got.String(), "EM_") + " instead of " + goarch + ")"
	}
	return ""
}

// elfInterpreter is the loader that a program asks for; "" when there is none. A
// program built for musl cannot start on a system with glibc only, and the
// kernel's answer, "no such file", would mislead.
func elfInterpreter(r io.ReaderAt) string {
	f, err := elf.NewFile(r)
	if err != nil {
		return ""
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP && p.Filesz < 4096 {
			b := make([]byte, p.Filesz)
			if _, err := p.ReadAt(b, 0); err != nil {
				return ""
			}
			return string(bytes.TrimRight(b, "\x00"))
		}
	}
	return ""
}

// isMachO accepts both processors that macOS knows: Rosetta runs the other one,
// and whether it is there cannot be told from the file.
func isMachO(head []byte) bool {
	for _, magic := range []string{"\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe\x00\x00\x00", "\xca\xfe\xba\xbf\x00\x00\x00"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

// peMismatch refuses windowed programs: the Claude desktop app is called
// claude.exe, too. Windows runs programs of both processors that the CLI is built
// for, one of them by emulation, so the machine is no reason.
func peMismatch(head []byte) string {
	const (
		offsetAt    = 0x3c    // of the offset of the PE header
		subsystemAt = 24 + 68 // in the PE header
		windowed    = 2       // IMAGE_SUBSYSTEM_WINDOWS_GUI
	)
	if len(head) < offsetAt+4 {
		return "is damaged"
	}
	at := int64(binary.LittleEndian.Uint32(head[offsetAt:]))
	if at+subsystemAt+2 > int64(len(head)) || !bytes.HasPrefix(head[at:], []byte("PE\x00\x00")) {
		return ""
	}
	if binary.LittleEndian.Uint16(head[at+subsystemAt:]) == windowed {
		return "is a windowed program, probably the Claude desktop app, not the command line"
	}
	return ""
}

// shebang gives the interpreter of a script. lookup says that the name is to be
// searched on PATH, as after #!/usr/bin/env.
func shebang(head []byte) (interpreter string, lookup bool) {
	line, _, _ := strings.Cut(strings.TrimPrefix(string(head), "#!"), "\n")
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return "", false
	}
	if !strings.HasSuffix(fields[0], "/env") {
		return fields[0], false
	}
	for _, f := range fields[1:] {
		if strings.HasPrefix(f, "-") || strings.Contains(f, "=") {
			continue // env's own flags, as -S, and variables
		}
		return f, !strings.HasPrefix(f, "/")
	}
	return fields[0], false
}
