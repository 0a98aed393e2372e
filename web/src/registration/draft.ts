import type { VolunteerForm } from '@/api/types'

const prefix = 'kezhi.draft.'

// The half-filled form of one person, kept on this device until it is submitted or
// the person logs out.
export function loadDraft(personId: string): Partial<VolunteerForm> | undefined {
  try {
    const text = localStorage.getItem(prefix + personId)
    const draft: unknown = text ? JSON.parse(text) : undefined
    return typeof draft === 'object' && draft !== null ? (draft as Partial<VolunteerForm>) : undefined
  } catch {
    return undefined
  }
}

export function saveDraft(personId: string, form: VolunteerForm): void {
  try {
    localStorage.setItem(prefix + personId, JSON.stringify(form))
  } catch {
    // Private browsing or a full store: the form works, it only is not kept.
  }
}

export function clearDraft(personId: string): void {
  localStorage.removeItem(prefix + personId)
}
