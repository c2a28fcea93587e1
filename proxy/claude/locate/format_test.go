package locate

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
)

// elfFor is the smallest 64-bit program header that says machine and loader.
func elfFor(machine uint16, loader string) string {
	b := make([]byte, 64, 256)
	copy(b, "\x7fELF\x02\x01\x01")
	binary.LittleEndian.PutUint16(b[16:], 2)
	binary.LittleEndian.PutUint16(b[18:], machine)
	binary.LittleEndian.PutUint32(b[20:], 1)
	binary.LittleEndian.PutUint16(b[52:], 64)
	binary.LittleEndian.PutUint16(b[54:], 56)
	binary.LittleEndian.PutUint16(b[58:], 64)
	if loader == "" {
		return string(b)
	}
	binary.LittleEndian.PutUint64(b[32:], 64)
	binary.LittleEndian.PutUint16(b[56:], 1)
	p := make([]byte, 56)
	binary.LittleEndian.PutUint32(p, 3) // PT_INTERP
	binary.LittleEndian.PutUint64(p[8:], 120)
	binary.LittleEndian.PutUint64(p[32:], uint64(len(loader)+1))
	binary.LittleEndian.PutUint64(p[40:], uint64(len(loader)+1))
	return string(b) + string(p) + loader + "\x00"
}

// peFor is the smallest Windows program of a subsystem: 2 windowed, 3 console.
func peFor(subsystem uint16) string {
	b := make([]byte, 0x40+24+70)
	copy(b, "MZ")
	b[0x3c] = 0x40
	copy(b[0x40:], "PE\x00\x00\x64\x86")
	binary.LittleEndian.PutUint16(b[0x40+24+68:], subsystem)
	return string(b)
}

func TestClassify(t *testing.T) {
	for name, tt := range map[string]struct {
		head, goos, goarch string
		f                  format
		mismatch           string
	}{
		"elf on linux":           {elfFor(62, ""), "linux", "amd64", formatNative, ""},
		"elf on an unknown arch": {elfFor(62, ""), "linux", "mips", formatNative, ""},
		"elf on macOS":           {elfFor(62, ""), "darwin", "amd64", formatNative, "is a Linux program"},
		"elf cut off":            {"\x7fELF\x02", "linux", "amd64", formatNative, ""},
		"macho":                  {"\xcf\xfa\xed\xfe", "darwin", "arm64", formatNative, ""},
		"universal macho":        {"\xca\xfe\xba\xbe\x00\x00\x00\x02", "darwin", "arm64", formatNative, ""},
		"java class":             {"\xca\xfe\xba\xbe\x00\x00\x61\x34", "darwin", "arm64", formatUnknown, ""},
		"pe console":             {peFor(3), "windows", "arm64", formatNative, ""},
		"pe windowed":            {peFor(2), "windows", "amd64", formatNative, "is a windowed program, probably the Claude desktop app, not the command line"},
		"pe damaged":             {"MZ", "windows", "amd64", formatNative, "is damaged"},
		"script":                 {"#!/bin/sh", "linux", "amd64", formatScript, ""},
		"text":                   {"echo", "linux", "amd64", formatUnknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, mismatch := classify([]byte(tt.head), tt.goos, tt.goarch)
			assert.Equal(t, tt.f, f)
			assert.Equal(t, tt.mismatch, mismatch)
		})
	}
}

func TestElfInterpreterIsReadFromTheProgramHeader(t *testing.T) {
	assert.Equal(t, "/lib64/ld-linux-x86-64.so.2",
		elfInterpreter(bytes.NewReader([]byte(elfFor(62, "/lib64/ld-linux-x86-64.so.2")))))
	assert.Empty(t, elfInterpreter(bytes.NewReader([]byte(elfFor(62, "")))))
}

func TestShebang(t *testing.T) {
	for line, want := range map[string]struct {
		name   string
		lookup bool
	}{
		"#!/usr/bin/env node\nx":                {"node", true},
		"#!/usr/bin/env -S node --no-warnings":  {"node", true},
		"#!/usr/bin/env -S A=b /opt/node":       {"/opt/node", false},
		"#! /bin/sh -e":                         {"/bin/sh", false},
		"#!/usr/bin/env":                        {"/usr/bin/env", false},
		"#!":                                    {"", false},
		"#!/nix/store/x-nodejs/bin/node\r\nx\n": {"/nix/store/x-nodejs/bin/node", false},
	} {
		t.Run(line, func(t *testing.T) {
			name, lookup := shebang([]byte(line))
			assert.Equal(t, want.name, name)
			assert.Equal(t, want.lookup, lookup)
		})
	}
}
