import { ref } from 'vue'
import { post, Refusal } from '@/api/client'
import type { CheckIn } from '@/api/types'

// A scan that has not reached the server yet.
export interface Scan {
  code: string
  nonce: string
  activity_id?: string
  scanned_at: string
}

export type Outcome = { scan: Scan; checkIn: CheckIn } | { scan: Scan; refusal: Refusal }

// The scans of one person that wait for the network, kept on the device. Every change
// reads the store again: another tab may have changed it.
export class ScanQueue {
  readonly count = ref(0)
  private readonly key: string
  private uploading: Promise<void> | undefined

  constructor(
    personId: string,
    private readonly store: Pick<Storage, 'getItem' | 'setItem'> = localStorage,
    private readonly send: (scan: Scan) => Promise<CheckIn> = sendScan,
  ) {
    this.key = 'kezhi.scans.' + personId
    this.count.value = this.scans().length
  }

  scans(): Scan[] {
    try {
      const kept: unknown = JSON.parse(this.store.getItem(this.key) ?? '[]')
      return Array.isArray(kept) ? (kept as Scan[]) : []
    } catch {
      return []
    }
  }

  add(scan: Scan): void {
    this.keep([...this.scans().filter((kept) => kept.nonce !== scan.nonce), scan])
  }

  // look counts again what another page or tab may have changed.
  look(): void {
    this.count.value = this.scans().length
  }

  // remove tells whether the scan was still waiting.
  remove(nonce: string): boolean {
    const scans = this.scans()
    this.keep(scans.filter((scan) => scan.nonce !== nonce))
    return scans.some((scan) => scan.nonce === nonce)
  }

  // upload sends what waits, oldest first, and stops at the first scan that finds no
  // network. What the server refuses leaves the queue, with the refusal told.
  upload(tell: (outcome: Outcome) => void): Promise<void> {
    this.uploading ??= this.uploadAll(tell).finally(() => (this.uploading = undefined))
    return this.uploading
  }

  private async uploadAll(tell: (outcome: Outcome) => void): Promise<void> {
    for (const scan of this.scans()) {
      try {
        const checkIn = await this.send(scan)
        if (this.remove(scan.nonce)) tell({ scan, checkIn })
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (waits(error)) return
        if (this.remove(scan.nonce)) tell({ scan, refusal: error })
      }
    }
  }

  private keep(scans: Scan[]): void {
    this.store.setItem(this.key, JSON.stringify(scans))
    this.count.value = scans.length
  }
}

// waits tells whether a scan should be sent again later: no network, a server in
// trouble, or a session that is over.
export function waits(refusal: Refusal): boolean {
  return refusal.passing || refusal.status === 401
}

export function sendScan(scan: Scan): Promise<CheckIn> {
  return post('/check-ins', { body: scan, timeout: 6_000 })
}
