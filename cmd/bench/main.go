// Command bench measures Kezhi over HTTP beside the bare engine doing the same
// durable work, and prints one line for each figure. README.md tells how to read it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
)

// settings are what the command line sets.
type settings struct {
	binary  string
	mongo   string
	seconds int
	growth  int // the largest number of documents of the growth figures
	only    map[string]bool
}

func main() { os.Exit(run()) }

func run() int {
	var o settings
	var only string
	flag.StringVar(&o.binary, "binary", "bin/kezhi", "the program to measure")
	flag.StringVar(&o.mongo, "mongodb", os.Getenv("KEZHI_TEST_MONGODB_URI"), "measure on this MongoDB, too")
	flag.IntVar(&o.seconds, "seconds", 5, "how long each load goes on")
	flag.IntVar(&o.growth, "growth", 1_000_000, "the largest number of documents of the growth figures")
	flag.StringVar(&only, "only", "", "figures to measure, with commas; empty: all")
	flag.Parse()
	if only != "" {
		o.only = map[string]bool{}
		for name := range strings.SplitSeq(only, ",") {
			o.only[name] = true
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

func (o settings) wants(names ...string) bool {
	if o.only == nil {
		return true
	}
	for _, n := range names {
		if o.only[n] {
			return true
		}
	}
	return false
}

func bench(ctx context.Context, o settings) error {
	engines := []string{""}
	if o.mongo != "" {
		engines = append(engines, o.mongo)
	}
	for _, engine := range engines {
		name := "embedded"
		if engine != "" {
			name = "mongodb"
		}
		fmt.Printf("# engine %s\n", name)
		for _, part := range []func(context.Context, settings, string) error{benchRush, benchSeats, benchLists, benchGrowth} {
			if err := part(ctx, o, engine); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	if o.wants("qr") {
		return benchQR()
	}
	return nil
}

// figure prints one line that a script can read.
func figure(name string, value float64, unit string, extra ...string) {
	fmt.Printf("bench %s %.4g %s", name, value, unit)
	for _, e := range extra {
		fmt.Print(" " + e)
	}
	fmt.Println()
}

func ratio(r float64) string { return fmt.Sprintf("ratio %.2f", r) }
func p99(ms float64) string  { return fmt.Sprintf("p99 %.1f", ms) }
