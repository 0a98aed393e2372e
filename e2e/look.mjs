// faultsOf runs in the page and says what is wrong with what it shows: English, text that
// is cut off or hard to read, what is too small to tap, pictures that did not load.
export function faultsOf({ letters, touch }) {
  const faults = new Set()
  const shows = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  const brief = (text) => (text ?? '').trim().replace(/\s+/g, ' ').slice(0, 24)

  if (document.documentElement.scrollWidth > innerWidth + 1) faults.add('is wider than the screen')
  if (brief(document.body.innerText) === '') faults.add('is empty')

  // Words. Addresses and e-mail examples are no English; request ids are for whoever helps.
  const said = [document.title, document.body.innerText]
  for (const element of document.querySelectorAll('[placeholder], [aria-label], [alt], [title]')) {
    for (const name of ['placeholder', 'aria-label', 'alt', 'title']) said.push(element.getAttribute(name) ?? '')
  }
  for (const text of said) {
    const english = text.replace(/\S+@\S+|https?:\S+|编号 \S+/g, '').match(/[A-Za-z]{4,}/g)
    if (english && !letters) faults.add(`shows English: ${english.join(' ')}`)
    if (/undefined|NaN|\[object/.test(text)) faults.add(`shows a program's words: ${brief(text.match(/.{0,10}(undefined|NaN|\[object).{0,10}/)[0])}`)
  }

  for (const picture of document.images) {
    if (shows(picture) && picture.complete && picture.naturalWidth === 0) faults.add(`has a broken picture: ${picture.alt}`)
  }

  const low = []
  for (const element of document.querySelectorAll('button, a[href], select, summary, textarea, input:not([type=hidden]), label')) {
    const box = (element.matches('input') && element.closest('label') ? element.closest('label') : element).getBoundingClientRect()
    if (box.width < 2 || box.height < 2 || !element.checkVisibility({ visibilityProperty: true })) continue
    const name = brief(element.innerText || element.getAttribute('aria-label') || element.id)
    const lines = parseFloat(getComputedStyle(element).fontSize) * 1.6
    if (element.matches('button') && box.height > 3 * Math.max(lines, 44) && (element.innerText ?? '').length < 12) {
      faults.add(`has a button drawn out to ${Math.round(box.width)}×${Math.round(box.height)}: ${name}`)
    }
    if (!touch || element.matches('label')) continue
    if (element.matches('input, textarea, select')) low.push(...box.height < 43.5 ? [Math.round(box.height)] : [])
    else if (box.height < 43.5 || box.width < 43.5) faults.add(`has a target of ${Math.round(box.width)}×${Math.round(box.height)}: ${name}`)
  }
  if (low.length > 0) faults.add(`has ${low.length} fields of less than 44: ${[...new Set(low)].join(', ')}`)

  // Text: cut off, or with too little contrast to what is behind it.
  const colour = (text) => {
    const numbers = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0]
    return text.startsWith('color(') ? [...numbers.slice(0, 3).map((n) => n * 255), numbers[3] ?? 1] : [...numbers.slice(0, 3), numbers[3] ?? 1]
  }
  const over = (top, below) => below.slice(0, 3).map((value, at) => top[at] * top[3] + value * (1 - top[3]))
  const light = (rgb) => {
    const [r, g, b] = rgb.map((value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element) => {
    const layers = []
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at)
      if (style.backgroundImage !== 'none' || at.matches('.camera')) return undefined
      const layer = colour(style.backgroundColor)
      if (layer[3] > 0) layers.push(layer)
      if (layer[3] === 1) return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255])
      if (style.position === 'fixed') return undefined
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255])
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement
    const words = brief(texts.currentNode.data)
    if (!words || !element || !shows(element) || element.closest('.hidden-text, script, style, :disabled')) continue
    const style = getComputedStyle(element)
    if (style.overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1) faults.add(`cuts off: ${words}`)
    const range = document.createRange()
    range.selectNodeContents(texts.currentNode)
    const box = range.getBoundingClientRect()
    if (box.width > 1 && (box.left < -1 || box.right > innerWidth + 1)) faults.add(`has text beyond the edge: ${words}`)
    const ground = behind(element)
    if (!ground) continue
    const [a, b] = [light(over(colour(style.color), ground)), light(ground)].sort((x, y) => y - x)
    const size = parseFloat(style.fontSize)
    const least = size >= 24 || (size >= 18.6 && Number(style.fontWeight) >= 700) ? 3 : 4.5
    const contrast = (a + 0.05) / (b + 0.05)
    if (contrast < least - 0.05) faults.add(`has a contrast of ${contrast.toFixed(1)}: ${words}`)
  }
  return [...faults]
}
