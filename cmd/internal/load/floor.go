package load

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"partyline/cmd/internal/phone"
)

// floorTime is how long the kernel's floor is measured.
const floorTime = 3 * time.Second

// tick is the time of one packet.
const tick = 20 * time.Millisecond

// floor measures what it costs to receive and to send one packet for each leg
// every 20 ms on this machine, with nothing else done: no server can be below it.
func (r *run) floor(ctx context.Context) error {
	if r.o.NoFloor {
		return nil
	}
	r.say("measuring the kernel's floor")
	cost, err := Floor(ctx, r.o.Calls, floorTime)
	if err != nil {
		return fmt.Errorf("measure the floor: %w", err)
	}
	r.report.floor(cost)
	return nil
}

// Floor is the CPU time per leg and second of a thread that receives one packet
// of each of legs sockets with recvmmsg and sends one with sendto, every 20 ms,
// for d. Another thread is the far end of all legs; its time does not count.
func Floor(ctx context.Context, legs int, d time.Duration) (perLegSecond time.Duration, err error) {
	near, far := make([]*phone.Socket, 0, legs), make([]*phone.Socket, 0, legs)
	defer func() {
		for _, s := range append(near, far...) {
			err = errors.Join(err, s.Close())
		}
	}()
	for range legs {
		a, err := phone.OpenSocket(loopback)
		if err != nil {
			return 0, err
		}
		near = append(near, a)
		b, err := phone.OpenSocket(loopback)
		if err != nil {
			return 0, err
		}
		far = append(far, b)
	}
	done, stop := context.WithTimeout(ctx, d)
	defer stop()
	ended := make(chan error, 1)
	go func() { // ends with done; waited for below
		_, _, err := echo(done, far, near)
		ended <- err
	}()
	cpu, ticks, err := echo(done, near, far)
	err = errors.Join(err, <-ended, ctx.Err())
	if err != nil || ticks == 0 {
		return 0, err
	}
	return time.Duration(float64(cpu) / (float64(legs) * float64(ticks) * tick.Seconds())), nil
}

// echo receives and sends on all sockets each tick and says how much CPU time
// its thread used for how many ticks.
func echo(ctx context.Context, sockets, peers []*phone.Socket) (cpu time.Duration, ticks int, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	packet := make([]byte, 172)
	batch := phone.NewBatch()
	start, timer := time.Now(), time.NewTimer(tick)
	defer timer.Stop()
	before, err := threadCPU()
	if err != nil {
		return 0, 0, err
	}
	for n := 1; ; n++ {
		timer.Reset(time.Until(start.Add(time.Duration(n) * tick)))
		select {
		case <-ctx.Done():
			after, err := threadCPU()
			return after - before, n - 1, err
		case <-timer.C:
		}
		for i, s := range sockets {
			s.Recv(batch)
			if err := s.Send(packet, peers[i].Sockaddr()); err != nil && !errors.Is(err, unix.ECONNREFUSED) {
				return 0, 0, err
			}
		}
	}
}

func threadCPU() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		return 0, err
	}
	return time.Duration(ts.Nano()), nil
}
