// The demo town as a process of its own, and its people as phones.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const openids = {
  林海: 'oDemo-linhai-00000000000001', 周敏: 'oDemo-zhoumin-0000000000002', 陈建国: 'oDemo-chenjianguo-000000003',
  王晓兰: 'oDemo-wangxiaolan-000000004', 赵文斌: 'oDemo-zhaoyisheng-000000005', 孙丽: 'oDemo-sunli-00000000000000006',
  李长根: 'oDemo-laoli-0000000000000007', 小雨: 'oDemo-xiaoyu-000000000000012', 阿杰: 'oDemo-ajie-00000000000000013',
}

export const phone = { viewport: { width: 375, height: 812 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }

const freePort = () => new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => resolve(port))
  })
})

export async function startTown() {
  const [port, box] = [await freePort(), await freePort()]
  const data = mkdtempSync(join(tmpdir(), 'kezhi-e2e-'))
  const app = `http://localhost:${port}`
  const sandbox = `http://127.0.0.1:${box}`
  const log = []
  const server = spawn('../bin/kezhi', ['serve', '--demo'], {
    env: { ...process.env, KEZHI_ADDR: `127.0.0.1:${port}`, KEZHI_ORIGIN: app, KEZHI_SANDBOX_ADDR: `127.0.0.1:${box}`, KEZHI_DATA_DIR: data },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  server.stderr.on('data', (lines) => log.push(String(lines)))
  const ended = new Promise((resolve) => server.on('exit', resolve))
  for (;;) {
    const answer = await fetch(app + '/readyz').catch(() => null)
    if (answer?.ok) break
    if (server.exitCode !== null) throw new Error('kezhi ended at its start:\n' + log.join(''))
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  mkdirSync('shots', { recursive: true })
  const launch = (...args) => chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    env: { ...process.env, LANGUAGE: 'zh_CN' }, // the language of its own widgets
    args: ['--no-sandbox', '--disable-gpu', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', ...args],
  })
  const browser = await launch()
  const faults = []

  return {
    app, sandbox, browser, launch, faults,
    openid: (name) => openids[name],

    // as opens a page on the phone of someone; nobody is not logged in to WeChat.
    async as(name, { from = browser, ...options } = {}) {
      const context = await from.newContext({ ...phone, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ...options })
      context.setDefaultTimeout(15000)
      if (name) await context.addCookies([{ name: 'sandbox_openid', value: openids[name], domain: '127.0.0.1', path: '/' }])
      const page = await context.newPage()
      page.on('pageerror', (error) => faults.push(`${name ?? 'nobody'}: ${error.message}`))
      if (name) await page.goto(app + '/wechat/login?return_to=/healthz')
      page.goTo = (path) => page.goto(path.startsWith('http') ? path : app + path)
      page.api = async (path) => (await context.request.get(app + '/api/v1' + path)).json()
      return page
    },

    // shot keeps a picture, and holds the page to Chinese, unless it has to show a code's letters.
    async shot(page, name, { letters = false } = {}) {
      await page.waitForTimeout(300)
      await page.screenshot({ path: `shots/${name}.png`, fullPage: true })
      const text = await page.evaluate(() => document.body.innerText)
      const english = text.replace(/\S+@\S+/g, '').replace(/https?:\S+/g, '').match(/[A-Za-z]{4,}/g)?.filter((word) => !/^[A-Z]+$/.test(word) && !/[a-z][A-Z]|[A-Z]{2,}[a-z]/.test(word)) // what is left out are codes
      if (!letters && english?.length && !page.url().startsWith(sandbox)) faults.push(`${name} shows English: ${english}`)
      if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1)) faults.push(`${name} is wider than the screen`)
    },

    // forReadme keeps what fits the screen as a picture of README.md, when asked to.
    async forReadme(page, name) {
      if (!process.env.README_PICTURES) return
      await page.waitForTimeout(500)
      await page.screenshot({ path: `../docs/screens/${name}.png` })
    },

    // inbox is what someone's template messages say, newest last.
    async inbox(name) {
      return (await fetch(`${sandbox}/sandbox/api/people/${openids[name]}/inbox`)).json()
    },

    follow: (name) => fetch(`${sandbox}/sandbox/api/people/${openids[name]}/follow`, { method: 'POST' }),

    async stop() {
      await browser.close()
      server.kill('SIGTERM')
      await ended
      rmSync(data, { recursive: true, force: true })
    },
  }
}

// portrait is a JPEG larger than any phone's screen.
export async function portrait(browser) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 1600 } })
  await page.setContent('<body style="margin:0;background:#d6e4f0"><svg width=1200 height=1600 viewBox="0 0 36 48"><circle cx=18 cy=18 r=8 fill="#f2c9a5"/><path d="M4 48a14 14 0 0 1 28 0z" fill="#3b5b7a"/></svg>')
  const buffer = await page.screenshot({ type: 'jpeg', quality: 90 })
  await page.close()
  return { name: 'portrait.jpg', mimeType: 'image/jpeg', buffer }
}

// nationalId is a number that passes the checks and belongs to nobody.
export function nationalId(birth, sequence) {
  const number = '330699' + birth + sequence
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
  return number + '10X98765432'[[...number].reduce((sum, digit, at) => sum + digit * weights[at], 0) % 11]
}

// until waits for something that must come true.
export async function until(what, holds) {
  for (const end = Date.now() + 30000; Date.now() < end;) {
    const value = await holds()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('never came true: ' + what)
}
