import { computed, ref, shallowRef } from 'vue'
import type { Refusal } from '@/api/client'
import type { Page } from '@/api/types'
import { asRefusal, onReturn } from './resource'

// usePages loads a list page by page. `reload` starts over with the skeleton;
// `refresh` loads as many pages as are shown and swaps them, so that nothing jumps.
export function usePages<T>(load: (cursor?: string) => Promise<Page<T>>) {
  const items = shallowRef<T[]>([])
  const error = ref<Refusal>()
  const loading = ref(true)
  const loadingMore = ref(false)
  const moreError = ref<Refusal>()
  const next = ref<string>()
  let shown = 0
  let latest = 0

  async function reload(): Promise<void> {
    const turn = ++latest
    loading.value = true
    error.value = undefined
    moreError.value = undefined
    loadingMore.value = false
    try {
      const page = await load()
      if (turn !== latest) return
      items.value = page.items
      next.value = page.next
      shown = 1
    } catch (caught) {
      if (turn !== latest) return
      error.value = asRefusal(caught)
    }
    loading.value = false
  }

  async function refresh(): Promise<void> {
    if (loading.value || error.value) return reload()
    const turn = ++latest
    loadingMore.value = false
    try {
      const fresh: T[] = []
      let cursor: string | undefined
      let count = 0
      do {
        const page = await load(cursor)
        if (turn !== latest) return
        fresh.push(...page.items)
        cursor = page.next
        count++
      } while (cursor && count < shown)
      items.value = fresh
      next.value = cursor
      shown = count
      moreError.value = undefined
    } catch (caught) {
      if (turn === latest) moreError.value = asRefusal(caught)
    }
  }

  async function more(): Promise<void> {
    if (loading.value || loadingMore.value || !next.value) return
    const turn = latest
    loadingMore.value = true
    moreError.value = undefined
    try {
      const page = await load(next.value)
      if (turn !== latest) return
      items.value = [...items.value, ...page.items]
      next.value = page.next
      shown++
    } catch (caught) {
      if (turn !== latest) return
      moreError.value = asRefusal(caught)
    }
    loadingMore.value = false
  }

  void reload()
  onReturn(() => void refresh())
  const hasMore = computed(() => next.value !== undefined)
  return { items, error, loading, loadingMore, moreError, hasMore, reload, refresh, more }
}

export type Pages<T> = ReturnType<typeof usePages<T>>
