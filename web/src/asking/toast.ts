import { showToast } from 'vant'

// The same words for those who do not see them.
let spoken: HTMLElement | undefined

export function toast(message: string): void {
  // Longer words stay longer.
  showToast({ message, duration: 1500 + message.length * 90, wordBreak: 'break-word' })
  speak(message)
}

function speak(message: string): void {
  if (!spoken) {
    spoken = document.createElement('div')
    spoken.className = 'hidden-text'
    spoken.setAttribute('role', 'status')
    document.body.append(spoken)
  }
  spoken.textContent = message
  setTimeout(() => (spoken!.textContent = ''), 3_000)
}
