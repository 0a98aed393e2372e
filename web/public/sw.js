// Keeps the app on the phone, so that a check-in code that was opened once opens again
// where there is no network. Pages come from the network first: an update shows at once.
// The API is left alone: what must work without a network is kept by the page itself.
const store = 'kezhi-1'

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (/^\/(api|wechat)\//.test(url.pathname)) return
  if (request.mode === 'navigate') event.respondWith(page(request))
  else if (url.pathname.startsWith('/assets/')) event.respondWith(asset(request))
})

// What the first page loaded before this worker was there.
self.addEventListener('message', (event) => {
  const kept = (event.data?.keep ?? []).filter((url) => new URL(url, location.href).origin === location.origin)
  event.waitUntil(caches.open(store).then((cache) => Promise.allSettled(['/', ...kept].map((url) => cache.add(url)))))
})

async function page(request) {
  const cache = await caches.open(store)
  try {
    const answer = await fetch(request)
    if (answer.ok && !answer.redirected && /text\/html/.test(answer.headers.get('Content-Type') ?? '')) {
      await cache.put('/', answer.clone())
    }
    return answer
  } catch (error) {
    const kept = await cache.match('/')
    if (kept) return kept
    throw error
  }
}

// The names of assets hold a hash of what is in them: what is kept never goes stale.
async function asset(request) {
  const cache = await caches.open(store)
  const kept = await cache.match(request)
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok) {
    await cache.put(request, answer.clone())
    await forgetOldest(cache)
  }
  return answer
}

async function forgetOldest(cache) {
  const keys = (await cache.keys()).filter((key) => new URL(key.url).pathname.startsWith('/assets/'))
  for (const key of keys.slice(0, Math.max(0, keys.length - 150))) await cache.delete(key)
}
