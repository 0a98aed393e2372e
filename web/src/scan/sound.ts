type Result = 'checked_in' | 'already' | 'refused' | 'queued'

// Frequency and length of each tone: rising for success, level for a second time,
// falling and low for a refusal.
const tones: Record<Result, [hertz: number, seconds: number][]> = {
  checked_in: [[880, 0.09], [1320, 0.14]],
  already: [[660, 0.1], [660, 0.1]],
  refused: [[330, 0.16], [196, 0.3]],
  queued: [[880, 0.09], [660, 0.14]],
}

let context: AudioContext | undefined

// allowSound must run in a tap once: phones keep pages silent until then.
export function allowSound(): void {
  context ??= 'AudioContext' in window ? new AudioContext() : undefined
  void context?.resume()
}

export function sound(result: Result): void {
  navigator.vibrate?.(result === 'refused' ? [120, 60, 120] : 60)
  if (!context || context.state !== 'running') return
  let at = context.currentTime
  for (const [hertz, seconds] of tones[result]) {
    const tone = context.createOscillator()
    const volume = context.createGain()
    tone.frequency.value = hertz
    tone.type = result === 'refused' ? 'square' : 'sine'
    volume.gain.setValueAtTime(0.25, at)
    volume.gain.exponentialRampToValueAtTime(0.001, at + seconds)
    tone.connect(volume).connect(context.destination)
    tone.start(at)
    tone.stop(at + seconds)
    at += seconds + 0.04
  }
}
