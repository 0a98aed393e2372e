import type { Router } from 'vue-router'
import { parentOf } from './places'

// seedParent puts the parent of a deep link that was opened first (from a message, say)
// behind it, so that going back leads there and not out of the app. Once per tab: after a
// login the way back is already there.
export function seedParent(): void {
  const parent = parentOf(location.pathname)
  if (!parent || history.state || sessionStorage.getItem('kezhi.seeded')) return
  sessionStorage.setItem('kezhi.seeded', '1')
  const here = location.pathname + location.search + location.hash
  history.replaceState(null, '', parent)
  history.pushState(null, '', here)
}

// goBack goes where one came from, or else to the parent.
export function goBack(router: Router): void {
  const cameFrom: unknown = (history.state as { back?: unknown } | null)?.back
  if (typeof cameFrom === 'string') router.back()
  else void router.replace(parentOf(location.pathname) ?? '/activities')
}
