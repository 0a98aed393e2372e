import { beforeEach, describe, expect, it } from 'vitest'
import { Refusal } from '@/api/client'
import type { CheckIn } from '@/api/types'
import { newNonce } from './nonce'
import { ScanQueue, type Outcome, type Scan } from './queue'

const kept = new Map<string, string>()
const store = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) }
const scan = (nonce: string): Scan => ({ code: 'c' + nonce, nonce, scanned_at: '2026-05-01T09:00:00Z' })
const done = { result: 'checked_in' } as CheckIn
const offline = () => Promise.reject(new Refusal(0, { reason: 'network' }))

describe('scans that wait for the network', () => {
  beforeEach(() => kept.clear())

  it('survive a closed page, each person’s apart', () => {
    new ScanQueue('a', store, offline).add(scan('1'))
    expect(new ScanQueue('a', store, offline).scans()).toEqual([scan('1')])
    expect(new ScanQueue('b', store, offline).scans()).toEqual([])
  })

  it('are sent oldest first with the nonce they were made with, and leave', async () => {
    const sent: Scan[] = []
    const queue = new ScanQueue('a', store, async (s) => (sent.push(s), done))
    queue.add(scan('1'))
    queue.add(scan('2'))
    const told: Outcome[] = []
    await queue.upload((outcome) => told.push(outcome))
    expect(sent).toEqual([scan('1'), scan('2')])
    expect(told).toEqual([{ scan: scan('1'), checkIn: done }, { scan: scan('2'), checkIn: done }])
    expect(queue.count.value).toBe(0)
  })

  it.each([0, 401, 429, 500, 503])('stay when the answer is %i', async (status) => {
    const queue = new ScanQueue('a', store, () => Promise.reject(new Refusal(status, {})))
    queue.add(scan('1'))
    await queue.upload(() => expect.unreachable())
    expect(queue.scans()).toEqual([scan('1')])
  })

  it('leave with the refusal when the server will not have them', async () => {
    const refusal = new Refusal(409, { reason: 'check_in.cancelled' })
    const queue = new ScanQueue('a', store, () => Promise.reject(refusal))
    queue.add(scan('1'))
    const told: Outcome[] = []
    await queue.upload((outcome) => told.push(outcome))
    expect(told).toEqual([{ scan: scan('1'), refusal }])
    expect(queue.scans()).toEqual([])
  })

  it('can be withdrawn while they wait', () => {
    const queue = new ScanQueue('a', store, offline)
    queue.add(scan('1'))
    expect([queue.remove('1'), queue.remove('1')]).toEqual([true, false])
  })

  it('are uploaded by one run at a time', async () => {
    let sends = 0
    const queue = new ScanQueue('a', store, async () => (sends++, done))
    queue.add(scan('1'))
    await Promise.all([queue.upload(() => {}), queue.upload(() => {})])
    expect(sends).toBe(1)
  })
})

it('a nonce is 128 bits that no other scan has', () => {
  const nonces = new Set(Array.from({ length: 1000 }, newNonce))
  expect(nonces.size).toBe(1000)
  for (const nonce of nonces) expect(nonce).toMatch(/^[\w-]{22}$/)
})
