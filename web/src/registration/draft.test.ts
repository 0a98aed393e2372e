import { beforeEach, expect, it, vi } from 'vitest'
import { clearDraft, loadDraft, saveDraft } from './draft'
import { emptyForm } from './form'

const store = new Map<string, string>()
beforeEach(() => {
  store.clear()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => store.set(key, value),
    removeItem: (key: string) => store.delete(key),
  })
})

it('keeps a draft for each person apart, until it is cleared', () => {
  saveDraft('a', { ...emptyForm(), name: '甲' })
  saveDraft('b', { ...emptyForm(), name: '乙' })
  expect(loadDraft('a')?.name).toBe('甲')
  clearDraft('a')
  expect(loadDraft('a')).toBeUndefined()
  expect(loadDraft('b')?.name).toBe('乙')
})

it('is not upset by what it cannot read', () => {
  store.set('kezhi.draft.a', '{half')
  store.set('kezhi.draft.b', 'null')
  expect(loadDraft('a')).toBeUndefined()
  expect(loadDraft('b')).toBeUndefined()
})
