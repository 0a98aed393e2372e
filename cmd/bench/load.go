package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kezhi/cmd/internal/rig"
)

// result is what a load came to.
type result struct {
	count    int
	elapsed  time.Duration
	latency  []time.Duration // sorted
	statuses map[int]int
}

func (r result) rate() float64 { return float64(r.count) / r.elapsed.Seconds() }

// p returns a percentile in milliseconds.
func (r result) p(percent float64) float64 {
	if len(r.latency) == 0 {
		return 0
	}
	i := int(float64(len(r.latency)-1) * percent / 100)
	return float64(r.latency[i].Microseconds()) / 1000
}

// mustAll is an error unless every answer had one of the statuses.
func (r result) mustAll(statuses ...int) error {
	for status, n := range r.statuses {
		if !slices.Contains(statuses, status) {
			return fmt.Errorf("%d answers with status %d", n, status)
		}
	}
	return nil
}

// blast sends the requests 0..n−1 through so many connections, each as soon as the
// one before it is answered.
func blast(ctx context.Context, address string, connections, n int, request func(i int) []byte) (result, error) {
	return drive(ctx, address, connections, n, 0, request)
}

// pace sends the requests at a constant rate. Latency counts from the moment at
// which a request was due, so that a server that stalls cannot hide it.
func pace(ctx context.Context, address string, connections, n int, perSecond float64, request func(i int) []byte) (result, error) {
	return drive(ctx, address, connections, n, time.Duration(float64(time.Second)/perSecond), request)
}

func drive(ctx context.Context, address string, connections, n int, interval time.Duration, request func(i int) []byte) (result, error) {
	var next atomic.Int64
	latency := make([]time.Duration, n)
	status := make([]int16, n)
	failed := make(chan error, connections)
	var group sync.WaitGroup
	begin := time.Now()
	for range connections {
		group.Go(func() {
			client := rig.NewClient(address)
			defer client.Close()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				due := time.Now()
				if interval > 0 {
					due = begin.Add(time.Duration(i) * interval)
					time.Sleep(time.Until(due))
				}
				code, _, err := client.Do(request(i))
				if err != nil {
					failed <- err
					return
				}
				latency[i], status[i] = time.Since(due), int16(code)
			}
		})
	}
	group.Wait()
	r := result{count: n, elapsed: time.Since(begin), latency: latency, statuses: map[int]int{}}
	select {
	case err := <-failed:
		return r, err
	default:
	}
	for _, s := range status {
		r.statuses[int(s)]++
	}
	slices.Sort(r.latency)
	return r, ctx.Err()
}
