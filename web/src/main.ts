import { createApp } from 'vue'
import 'vant/es/style/base.css'
import './look/look.css'
import './scan/entry'
import App from './App.vue'
import { seedParent } from './back'
import { createAppRouter } from './router'
import { loadSession } from './session/session'

// Vant follows a class; the class follows the system.
const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('van-theme-dark', dark.matches)
follow()
dark.addEventListener('change', follow)

seedParent()
void loadSession()
createApp(App).use(createAppRouter()).mount('#app')

// keepApp lets the app open without a network (public/sw.js).
async function keepApp(): Promise<void> {
  const first = !navigator.serviceWorker.controller
  await navigator.serviceWorker.register('/sw.js')
  if (!first) return
  const { active } = await navigator.serviceWorker.ready
  const loaded = performance.getEntriesByType('resource').map((entry) => entry.name)
  active?.postMessage({ keep: loaded.filter((url) => new URL(url).pathname.startsWith('/assets/')) })
}

// What most people open next.
function fetchAhead(): void {
  void Promise.allSettled([import('./pages/ActivityPage.vue'), import('./pages/MePage.vue'), import('./pages/RegistrationPage.vue'), import('./asking/toast')])
}

// After the first page, so that it takes nothing from it.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  window.addEventListener('load', () => {
    void keepApp().catch(() => {})
    setTimeout(fetchAhead, 2_500)
  })
}
