package soak

import (
	"debug/dwarf"
	"debug/elf"
	"debug/gosym"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// watcher sees the goroutines of a running Go program from outside, on Linux: it reads the
// runtime's own list of them from the program's memory, with what the program's debugging
// information says about where that is. So nothing has to be built into the program, no
// route, no signal and no line in the log; and the program is not stopped. The price is
// that it knows names of the runtime, and says so when they are gone.
type watcher struct {
	list     uint64 // address of runtime.allgs, a slice of pointers
	status   int64  // where in a g its atomicstatus is
	function int64  // and its startpc
	names    *gosym.Table
}

// newWatcher reads a program's file, which must not be stripped.
func newWatcher(path string) (*watcher, error) {
	file, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	if file.Type != elf.ET_EXEC {
		return nil, errors.New("the program has no fixed addresses")
	}
	w := &watcher{}
	symbols, err := file.Symbols()
	if err != nil {
		return nil, err
	}
	for _, s := range symbols {
		if s.Name == "runtime.allgs" {
			w.list = s.Value
		}
	}
	info, err := file.DWARF()
	if err != nil {
		return nil, err
	}
	offsets, err := fields(info, "runtime.g")
	if err != nil {
		return nil, err
	}
	var ok, also bool
	w.status, ok = offsets["atomicstatus"]
	w.function, also = offsets["startpc"]
	if !ok || !also || w.list == 0 {
		return nil, errors.New("this version of Go keeps its goroutines in another way")
	}
	lines, text := file.Section(".gopclntab"), file.Section(".text")
	if lines == nil || text == nil {
		return nil, errors.New("the program does not name its functions")
	}
	data, err := lines.Data()
	if err != nil {
		return nil, err
	}
	w.names, err = gosym.NewTable(nil, gosym.NewLineTable(data, text.Addr))
	return w, err
}

// fields are the offsets of a struct's fields.
func fields(info *dwarf.Data, name string) (map[string]int64, error) {
	for all := info.Reader(); ; {
		entry, err := all.Next()
		if entry == nil || err != nil {
			return nil, fmt.Errorf("there is no struct %s: %w", name, err)
		}
		if entry.Tag != dwarf.TagStructType || entry.Val(dwarf.AttrName) != name {
			continue
		}
		offsets := map[string]int64{}
		for {
			field, err := all.Next()
			if err != nil {
				return nil, err
			}
			if field == nil || field.Tag == 0 {
				return offsets, nil
			}
			if at, ok := field.Val(dwarf.AttrDataMemberLoc).(int64); ok {
				offsets[fmt.Sprint(field.Val(dwarf.AttrName))] = at
			}
		}
	}
}

// The states of a g that is no goroutine at the moment, and the bit that the garbage
// collector sets; see runtime2.go of the runtime.
const (
	stateIdle      = 0
	stateDead      = 6
	stateDeadExtra = 11
	scanBit        = 0x1000
)

// goroutines counts those of a process by the function that they run, without the
// runtime's own.
func (w *watcher) goroutines(pid int) (map[string]int, error) {
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return nil, err
	}
	defer func() { _ = memory.Close() }()
	read := func(at uint64, n int) ([]byte, error) {
		data := make([]byte, n)
		_, err := memory.ReadAt(data, int64(at))
		return data, err
	}
	header, err := read(w.list, 16)
	if err != nil {
		return nil, err
	}
	all, err := read(binary.NativeEndian.Uint64(header), 8*int(binary.NativeEndian.Uint64(header[8:])))
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for g := range slices.Chunk(all, 8) {
		at := binary.NativeEndian.Uint64(g)
		state, err := read(at+uint64(w.status), 4)
		if err != nil {
			return nil, err
		}
		switch binary.NativeEndian.Uint32(state) &^ scanBit {
		case stateIdle, stateDead, stateDeadExtra:
			continue
		}
		function, err := read(at+uint64(w.function), 8)
		if err != nil {
			return nil, err
		}
		name := "?"
		if f := w.names.PCToFunc(binary.NativeEndian.Uint64(function)); f != nil {
			name = f.Name
		}
		if !strings.HasPrefix(name, "runtime.") || name == "runtime.main" {
			count[name]++
		}
	}
	return count, nil
}

func sum(count map[string]int) (n int) {
	for c := range maps.Values(count) {
		n += c
	}
	return n
}

// more says which functions more goroutines run than before.
func more(before, after map[string]int) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if after[name] > before[name] {
			fmt.Fprintf(&b, "%s: %d, then %d\n", name, before[name], after[name])
		}
	}
	return b.String()
}
