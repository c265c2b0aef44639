package load

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// clockTick is the unit of CPU times in /proc (USER_HZ), 100 on every Linux that Go runs on.
const clockTick = 10 * time.Millisecond

// usage is what a process has used.
type usage struct {
	cpu time.Duration
	rss int64 // bytes
}

// server is what the server has used so far, or zero if its process is not known.
func (r *run) server() usage {
	if r.o.PID == 0 {
		return usage{}
	}
	u, err := usageOf(r.o.PID)
	if err != nil && r.report.ServerError == "" {
		r.report.ServerError = err.Error()
	}
	return u
}

func usageOf(pid int) (usage, error) {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return usage{}, fmt.Errorf("read the server's CPU time: %w", err)
	}
	cpu, err := parseStat(string(stat))
	if err != nil {
		return usage{}, fmt.Errorf("read the server's CPU time: %w", err)
	}
	statm, err := os.ReadFile(dir + "/statm")
	if err != nil {
		return usage{}, fmt.Errorf("read the server's memory: %w", err)
	}
	fields := strings.Fields(string(statm))
	if len(fields) < 2 {
		return usage{}, fmt.Errorf("read the server's memory: %q", statm)
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return usage{}, fmt.Errorf("read the server's memory: %w", err)
	}
	return usage{cpu: cpu, rss: pages * int64(os.Getpagesize())}, nil
}

// parseStat adds up user and system time: the 14th and 15th field of proc(5)
// stat. The second one is in parentheses and may have blanks in it.
func parseStat(stat string) (time.Duration, error) {
	end := strings.LastIndexByte(stat, ')')
	fields := strings.Fields(stat[end+1:])
	if end < 0 || len(fields) < 13 {
		return 0, fmt.Errorf("%q is not a stat line", stat)
	}
	var ticks uint64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseUint(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

// ownCPU is what this process has used.
func ownCPU() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
