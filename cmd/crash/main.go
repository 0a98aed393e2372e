// Command crash kills Kezhi with SIGKILL at random moments under load, starts it
// again, and at the end holds the documents, the journal and WeChat's ledger against
// what was promised. Its last line can be read by a script.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"kezhi/cmd/internal/rig"
)

func main() { os.Exit(run()) }

func run() int {
	var binary, mongo string
	var kills int
	var expectOversell bool
	flag.StringVar(&binary, "binary", "bin/kezhi", "the program to kill")
	flag.StringVar(&mongo, "mongodb", "", "the MongoDB to use instead of the embedded engine")
	flag.IntVar(&kills, "kills", 100, "how often to kill it")
	flag.BoolVar(&expectOversell, "expect-oversell", false, "succeed when, and only when, seats were oversold: for a program built with -tags brokenseats")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	found, err := crash(ctx, target{binary, mongo, expectOversell}, kills)
	if err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		return 2
	}
	fmt.Printf("crash kills %d lost %d oversold %d untold %d twice %d\n", kills, found.lost, found.oversold, found.untold, found.twice)
	clean := found.lost+found.oversold+found.untold+found.twice == 0
	if expectOversell {
		clean = found.oversold > 0
	}
	if !clean {
		return 1
	}
	return 0
}

// target is what is killed, and whether it is the program that must oversell.
type target struct {
	binary, mongo string
	broken        bool
}

func crash(ctx context.Context, of target, kills int) (_ findings, err error) {
	r, err := rig.New(of.binary, of.mongo, rig.People(pending+volunteers))
	if err != nil {
		return findings{}, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	r.Env = []string{"KEZHI_LOG_LEVEL=error"}
	r.Log = os.Stderr
	l, err := newLoad(ctx, r)
	if err != nil {
		return findings{}, err
	}
	l.keep = of.broken
	for n := range kills {
		if _, err := r.Start(ctx); err != nil {
			return findings{}, err
		}
		running, stop := context.WithCancel(ctx)
		finished := l.run(running, n)
		time.Sleep(time.Duration(50+rand.IntN(550)) * time.Millisecond) //nolint:gosec // any moment will do
		r.Kill()
		stop()
		finished()
		if (n+1)%10 == 0 {
			fmt.Printf("# killed %d times: %d sign-ups, %d cancellations, %d approvals, %d check-ins acknowledged; %d calls cut off\n",
				n+1, l.signedUp.Load(), l.cancelled.Load(), l.approved.Load(), l.checkedIn.Load(), l.cutOff.Load())
		}
	}
	if _, err := r.Start(ctx); err != nil {
		return findings{}, err
	}
	if err := rest(ctx, r); err != nil {
		return findings{}, err
	}
	if err := r.Stop(); err != nil {
		return findings{}, err
	}
	return l.check(ctx)
}
