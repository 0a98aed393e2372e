import { onBeforeUnmount, onMounted } from 'vue'

// keepScreenOn keeps the phone from dimming while the page is open, where it can. A
// page cannot raise the brightness itself.
export function keepScreenOn(): void {
  let lock: WakeLockSentinel | undefined
  const take = () => {
    if (document.visibilityState !== 'visible') return
    navigator.wakeLock?.request('screen').then(
      (taken) => (lock = taken),
      () => {},
    )
  }
  onMounted(() => {
    take()
    document.addEventListener('visibilitychange', take)
  })
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', take)
    void lock?.release()
  })
}
