import { ref } from 'vue'

// useOnce keeps a double tap from doing a thing twice: while `act` is under way,
// further calls do nothing, and `busy` disables the button.
export function useOnce<A extends unknown[]>(act: (...args: A) => Promise<unknown>) {
  const busy = ref(false)
  async function run(...args: A): Promise<void> {
    if (busy.value) return
    busy.value = true
    try {
      await act(...args)
    } finally {
      busy.value = false
    }
  }
  return { busy, run }
}
