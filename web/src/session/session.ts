import { computed, reactive } from 'vue'
import { get, post, del, Refusal, whenUnauthenticated } from '@/api/client'
import type { Me, Role } from '@/api/types'
import { clearDraft } from '@/registration/draft'
import { forgetCodes } from '@/registration/kept-codes'

// Who I am. `state` is unknown until the first answer; `failed` when there was none
// (no network, or a locked account), with the refusal in `error`.
export const session = reactive({
  me: null as Me | null,
  state: 'unknown' as 'unknown' | 'anonymous' | 'known' | 'failed',
  error: null as Refusal | null,
})

export const isStaff = computed(() => (session.me?.roles.length ?? 0) > 0)
export const isAdmin = computed(() => holds('admin') || holds('platform_admin'))
export const isPlatformAdmin = computed(() => holds('platform_admin'))

function holds(role: Role): boolean {
  return session.me?.roles.some((held) => held.role === role) ?? false
}

const remembered = 'kezhi.person'

// ownId is mine, also when the server cannot be asked: what waits for the network on
// this device is kept under it.
export function ownId(): string {
  return session.me?.id ?? localStorage.getItem(remembered) ?? 'unknown'
}

let loading: Promise<void> | undefined

// loadSession asks the server who I am, unless it is known.
export function loadSession(): Promise<void> {
  if (session.state === 'known' || session.state === 'anonymous') return Promise.resolve()
  return reloadSession()
}

// reloadSession asks the server again; what was known stays until the answer.
export function reloadSession(): Promise<void> {
  loading ??= ask().finally(() => (loading = undefined))
  return loading
}

async function ask(): Promise<void> {
  try {
    session.me = await get('/me')
    session.state = 'known'
    session.error = null
    localStorage.setItem(remembered, session.me.id)
    sessionStorage.removeItem('kezhi.login')
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    session.error = error
    if (error.status === 401) {
      session.me = null
      session.state = 'anonymous'
    } else if (session.state !== 'known') {
      session.state = 'failed'
    }
  }
}

let leaving = false

// login goes to WeChat and comes back to `path`. When it was there a moment ago and
// still nobody is logged in (cookies refused), it stays, to not go round in circles,
// and returns false.
export function login(path = location.pathname + location.search, leave = (to: string) => location.replace(to)): boolean {
  if (leaving) return true
  const before = Number(sessionStorage.getItem('kezhi.login') ?? 0)
  if (Date.now() - before < 8_000) {
    session.state = 'failed'
    session.error = new Refusal(401, { reason: 'login', message: '登录没有成功，请关闭页面，从公众号菜单重新进入' })
    return false
  }
  sessionStorage.setItem('kezhi.login', String(Date.now()))
  leaving = true
  leave('/wechat/login?return_to=' + encodeURIComponent(path))
  return true
}

// retryLogin is for a button: it asks again who I am, and logs in if nobody.
export async function retryLogin(): Promise<void> {
  await reloadSession()
  if (session.me) return
  sessionStorage.removeItem('kezhi.login')
  if (session.state === 'anonymous') login()
}

// A page that came back from the browser's cache may go to log in again.
window.addEventListener('pageshow', () => (leaving = false))

whenUnauthenticated(() => login())

// logout ends the session and removes what this device kept of the person.
export async function logout(): Promise<void> {
  await del('/session')
  if (session.me) clearDraft(session.me.id)
  forgetCodes()
  localStorage.removeItem(remembered)
  session.me = null
  session.state = 'anonymous'
}

// consent records consent to a version of the privacy text.
export async function consent(version: string, sensitive: boolean): Promise<void> {
  await post('/me/consents', { body: { version, sensitive } })
  if (session.me) session.me.consented = true
}
