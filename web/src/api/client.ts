import type { paths } from './schema'

type Method = 'get' | 'post' | 'put' | 'delete'
type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends { responses: unknown } ? P : never
}[keyof paths]
type Json<R> = R extends { content: { 'application/json': infer A } } ? A : undefined
type Answer<Op> = Op extends { responses: infer R }
  ? R extends { 200: infer A }
    ? Json<A>
    : R extends { 201: infer A }
      ? Json<A>
      : R extends { 202: infer A }
        ? Json<A>
        : undefined
  : never
type PathInput<Op> = Op extends { parameters: { path: infer P } } ? { path: P } : { path?: undefined }
type QueryInput<Op> = Op extends { parameters: { query?: infer Q } } ? { query?: Q } : { query?: undefined }
type BodyInput<Op> = Op extends { requestBody: { content: { 'application/json': infer B } } }
  ? { body: B }
  : Op extends { requestBody: { content: { 'image/jpeg': unknown } } }
    ? { body: Blob }
    : { body?: undefined }
type Input<Op> = PathInput<Op> & QueryInput<Op> & BodyInput<Op> & { timeout?: number }
type Arguments<Op> = Record<string, never> extends Input<Op> ? [input?: Input<Op>] : [input: Input<Op>]

export interface FieldError {
  field: string
  message: string
}

// Refusal is an answer that is not a success, or no answer at all (status 0).
export class Refusal extends Error {
  readonly status: number
  readonly reason: string
  readonly requestId: string
  readonly fields: FieldError[]
  readonly detail: Record<string, unknown>

  constructor(status: number, error: Partial<RefusalBody>) {
    super(error.message || '系统繁忙，请稍后再试')
    this.status = status
    this.reason = error.reason ?? 'internal'
    this.requestId = error.request_id ?? ''
    this.fields = error.fields ?? []
    this.detail = error.detail ?? {}
  }

  // Whether sending the same request again may succeed without anyone changing anything.
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

interface RefusalBody {
  reason: string
  message: string
  request_id: string
  fields: FieldError[]
  detail: Record<string, unknown>
}

let onUnauthenticated = () => {}

// whenUnauthenticated sets what happens when a session is missing or over.
export function whenUnauthenticated(act: () => void): void {
  onUnauthenticated = act
}

export function get<P extends PathsWith<'get'>>(path: P, ...[input]: Arguments<paths[P]['get']>) {
  return call<Answer<paths[P]['get']>>('GET', path, input)
}

export function post<P extends PathsWith<'post'>>(path: P, ...[input]: Arguments<paths[P]['post']>) {
  return call<Answer<paths[P]['post']>>('POST', path, input)
}

export function put<P extends PathsWith<'put'>>(path: P, ...[input]: Arguments<paths[P]['put']>) {
  return call<Answer<paths[P]['put']>>('PUT', path, input)
}

export function del<P extends PathsWith<'delete'>>(path: P, ...[input]: Arguments<paths[P]['delete']>) {
  return call<Answer<paths[P]['delete']>>('DELETE', path, input)
}

interface AnyInput {
  path?: object
  query?: object
  body?: unknown
  timeout?: number
}

async function call<A>(method: string, path: string, input: AnyInput = {}): Promise<A> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  let body: BodyInit | undefined
  if (input.body instanceof Blob) {
    headers['Content-Type'] = input.body.type
    body = input.body
  } else if (input.body !== undefined) {
    headers['Content-Type'] = 'application/json'
    body = JSON.stringify(input.body)
  }
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), input.timeout ?? 20_000)
  try {
    const response = await fetch(address(path, input), {
      method,
      headers,
      body,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: abort.signal,
    })
    if (response.ok) return (response.status === 204 ? undefined : await response.json()) as A
    throw await refusal(response, path)
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(0, { reason: 'network', message: '网络不好，请检查网络后重试' })
  } finally {
    clearTimeout(timer)
  }
}

function address(path: string, input: AnyInput): string {
  const parts = (input.path ?? {}) as Record<string, string>
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name] ?? ''))
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined && value !== '' && value !== false) query.set(name, String(value))
  }
  const text = query.toString()
  return '/api/v1' + filled + (text ? '?' + text : '')
}

async function refusal(response: Response, path: string): Promise<Refusal> {
  const answer = (await response.json().catch(() => ({}))) as { error?: Partial<RefusalBody> }
  const error = answer.error ?? {}
  error.request_id ??= response.headers.get('X-Request-Id') ?? ''
  if (response.status === 401 && path !== '/me') onUnauthenticated()
  return new Refusal(response.status, error)
}
