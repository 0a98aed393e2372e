import { nextTick } from 'vue'

// jumpTo brings a field of a form into sight and puts the cursor there.
export async function jumpTo(field: string): Promise<void> {
  await nextTick()
  const row = document.querySelector<HTMLElement>(`[data-field="${field}"]`)
  row?.scrollIntoView({ block: 'center' })
  row?.querySelector<HTMLElement>('input, select, textarea, button')?.focus({ preventScroll: true })
}
