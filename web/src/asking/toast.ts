import { showToast } from 'vant'

export function toast(message: string): void {
  // Longer words stay longer.
  showToast({ message, duration: 1500 + message.length * 90, wordBreak: 'break-word' })
}
