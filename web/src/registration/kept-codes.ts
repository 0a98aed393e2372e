import type { Registration } from '@/api/types'

// What the device keeps of my sign-ups, so that a check-in code that was opened once
// shows again where there is no network.
interface KeptCode {
  registration: Registration
  picture: string
}

const prefix = 'kezhi.code.'

export function keptCode(id: string): KeptCode | undefined {
  try {
    const text = localStorage.getItem(prefix + id)
    return text ? (JSON.parse(text) as KeptCode) : undefined
  } catch {
    return undefined
  }
}

// keptRegistrations are those whose code is kept, soonest first.
export function keptRegistrations(): Registration[] {
  return keys()
    .map((key) => keptCode(key.slice(prefix.length))?.registration)
    .filter((registration) => registration !== undefined)
    .sort((a, b) => Date.parse(a.starts_at) - Date.parse(b.starts_at))
}

// keepCode also drops the codes of activities that ended more than a day ago.
export function keepCode(registration: Registration, picture: string, now = Date.now()): void {
  try {
    for (const key of keys()) {
      const kept = keptCode(key.slice(prefix.length))
      if (!kept || Date.parse(kept.registration.ends_at) + 86_400_000 < now) localStorage.removeItem(key)
    }
    localStorage.setItem(prefix + registration.id, JSON.stringify({ registration, picture }))
  } catch {
    // Private browsing or a full store: the code still shows while there is a network.
  }
}

export function forgetCode(id: string): void {
  localStorage.removeItem(prefix + id)
}

export function forgetCodes(): void {
  keys().forEach((key) => localStorage.removeItem(key))
}

function keys(): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(prefix))
}
