import { onActivated, onBeforeUnmount, onDeactivated, onMounted, ref, shallowRef } from 'vue'
import { Refusal } from '@/api/client'

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  console.error(error)
  return new Refusal(0, { reason: 'page', message: '页面出了点问题，请重试' })
}

// onReturn runs when someone comes back to a page that was kept, or to its tab: what
// it shows may have changed meanwhile.
export function onReturn(act: () => void): void {
  let away = true
  const look = () => {
    if (document.visibilityState === 'visible' && !away) act()
  }
  let first = true
  onMounted(() => {
    away = false
    document.addEventListener('visibilitychange', look)
  })
  onActivated(() => {
    away = false
    if (!first) act()
    first = false
  })
  onDeactivated(() => (away = true))
  onBeforeUnmount(() => document.removeEventListener('visibilitychange', look))
}

// useResource loads one thing. `reload` shows the skeleton again, `refresh` keeps what
// is there, also when it fails.
export function useResource<T>(load: () => Promise<T>) {
  const data = shallowRef<T>()
  const error = ref<Refusal>()
  const loading = ref(true)
  let latest = 0

  async function run(quietly: boolean): Promise<void> {
    const turn = ++latest
    if (!quietly) {
      loading.value = true
      error.value = undefined
    }
    try {
      const loaded = await load()
      if (turn !== latest) return
      data.value = loaded
      error.value = undefined
    } catch (caught) {
      if (turn !== latest || (quietly && data.value !== undefined)) return
      error.value = asRefusal(caught)
    }
    if (turn === latest) loading.value = false
  }

  const reload = () => run(false)
  const refresh = () => run(true)
  void reload()
  onReturn(() => void refresh())
  return { data, error, loading, reload, refresh }
}

export { asRefusal }
