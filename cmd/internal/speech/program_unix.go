//go:build unix

package speech

import (
	"os/exec"
	"syscall"
)

// alone makes a program end with all that it has started. A Ctrl-C is not for it.
func alone(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
