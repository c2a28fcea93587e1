package process

import "github.com/shirou/gopsutil/v4/process"

// Memory is the process's resident memory in bytes; 0 where it cannot be told, as of
// one that has ended.
func (p *Process) Memory() int64 {
	child := process.Process{Pid: int32(p.pid)}
	info, err := child.MemoryInfo()
	if err != nil {
		return 0
	}
	return int64(info.RSS)
}
