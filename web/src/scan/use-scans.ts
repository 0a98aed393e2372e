import { computed, onBeforeUnmount, shallowRef } from 'vue'
import { post, Refusal } from '@/api/client'
import type { CheckIn } from '@/api/types'
import { sayRefusal } from '@/asking/ask'
import { newNonce } from './nonce'
import { ScanQueue, sendScan, waits, type Outcome, type Scan } from './queue'
import { sound } from './sound'

export interface Shown {
  scan: Scan
  state: 'sending' | 'checked_in' | 'already' | 'refused' | 'queued' | 'undone'
  checkIn?: CheckIn
  message?: string
  requestId?: string
}

// A code in front of the camera is seen many times a second; it is one scan until it
// has been out of sight for this long.
const outOfSight = 3_000

// useScans takes codes in and tells what came of them, newest first.
export function useScans(personId: string, activityId: string | undefined) {
  const queue = new ScanQueue(personId)
  const shown = shallowRef<Shown[]>([])
  const latest = computed(() => shown.value[0])
  const present = computed(() => new Set(shown.value.filter((s) => s.state === 'checked_in').map((s) => s.checkIn!.registration_id)).size)
  let last = { code: '', at: 0 }

  function show(change: Shown): void {
    const others = shown.value.filter((s) => s.scan.nonce !== change.scan.nonce)
    const at = shown.value.findIndex((s) => s.scan.nonce === change.scan.nonce)
    others.splice(Math.max(0, at), 0, change)
    shown.value = others.slice(0, 30)
  }

  function seen(code: string, now = Date.now()): boolean {
    const again = code === last.code && now - last.at < outOfSight
    last = { code, at: now }
    return again
  }

  // take returns once the result is shown; it does nothing for a code still in sight.
  async function take(text: string): Promise<void> {
    const code = text.trim()
    if (code === '' || seen(code)) return
    const scan: Scan = { code, nonce: newNonce(), scanned_at: new Date().toISOString() }
    if (activityId) scan.activity_id = activityId
    if (!/\/c\/[\w-]+|^[\w-]{16,80}$/.test(code)) {
      show({ scan, state: 'refused', message: '这不是签到码，请出示“我的活动”里的二维码' })
      return sound('refused')
    }
    show({ scan, state: 'sending' })
    try {
      const checkIn = await sendScan(scan)
      show({ scan, state: checkIn.result, checkIn })
      sound(checkIn.result)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (waits(error)) {
        queue.add(scan)
        show({ scan, state: 'queued' })
        sound('queued')
      } else {
        show({ scan, state: 'refused', message: error.message, requestId: error.requestId })
        sound('refused')
      }
    }
  }

  async function undo(done: Shown): Promise<void> {
    if (done.state === 'queued' && queue.remove(done.scan.nonce)) return show({ ...done, state: 'undone' })
    if (!done.checkIn) return
    try {
      await post('/check-ins/undo', { body: { registration_id: done.checkIn.registration_id, nonce: done.scan.nonce } })
      last = { code: '', at: 0 }
      show({ ...done, state: 'undone' })
    } catch (refused) {
      await sayRefusal(refused)
    }
  }

  function told(outcome: Outcome): void {
    if ('checkIn' in outcome) show({ scan: outcome.scan, state: outcome.checkIn.result, checkIn: outcome.checkIn })
    else show({ scan: outcome.scan, state: 'refused', message: outcome.refusal.message, requestId: outcome.refusal.requestId })
  }

  const upload = () => queue.upload(told)
  const clockwork = setInterval(() => queue.count.value > 0 && void upload(), 10_000)
  window.addEventListener('online', upload)
  onBeforeUnmount(() => {
    clearInterval(clockwork)
    window.removeEventListener('online', upload)
  })
  void upload()

  return { shown, latest, present, waiting: queue.count, take, undo, upload }
}
