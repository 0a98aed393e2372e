import { Refusal } from '@/api/client'
import type { Question } from './dialog'

// Words to the person, loaded when first needed.

export async function say(message: string): Promise<void> {
  const words = await import('./toast').catch(() => undefined)
  // Without a network the toast itself may not be here.
  if (words) words.toast(message)
  else window.alert(message)
}

// sayRefusal says what was refused, with the request id when it is our fault.
export async function sayRefusal(error: unknown): Promise<void> {
  if (!(error instanceof Refusal)) throw error
  if (error.status === 401) return // the login page is on its way
  const id = error.status >= 500 && error.requestId ? `\n请求编号 ${error.requestId}` : ''
  await say(error.message + id)
}

export async function ask(question: Question): Promise<boolean> {
  return (await import('./dialog')).confirmDialog(question)
}

export async function note(title: string, message: string): Promise<void> {
  await (await import('./dialog')).noteDialog(title, message)
}
