package sandbox

import "sync"

// workers counts what runs in the background. Unlike a sync.WaitGroup it may be
// waited for while more begins.
type workers struct {
	mu   sync.Mutex
	idle *sync.Cond
	busy int
}

func (w *workers) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy++
}

func (w *workers) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy--
	if w.busy == 0 && w.idle != nil {
		w.idle.Broadcast()
	}
}

func (w *workers) wait() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.idle == nil {
		w.idle = sync.NewCond(&w.mu)
	}
	for w.busy > 0 {
		w.idle.Wait()
	}
}
