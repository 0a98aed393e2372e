import { ref, shallowRef } from 'vue'
import type { Refusal } from '@/api/client'
import { asRefusal } from './resource'

// useFirstLoad loads once what a form needs. Unlike useResource it never loads again by
// itself: that would overwrite what is being typed.
export function useFirstLoad<T>(load: () => Promise<T>) {
  const data = shallowRef<T>()
  const error = ref<Refusal>()
  const loading = ref(true)

  async function reload(): Promise<void> {
    loading.value = true
    error.value = undefined
    try {
      data.value = await load()
    } catch (caught) {
      error.value = asRefusal(caught)
    }
    loading.value = false
  }

  void reload()
  return { data, error, loading, reload }
}
