// The demo town as a process of its own, and its people as phones.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { faultsOf } from './look.mjs'

const openids = {
  林海: 'oDemo-linhai-00000000000001', 周敏: 'oDemo-zhoumin-0000000000002', 陈建国: 'oDemo-chenjianguo-000000003',
  王晓兰: 'oDemo-wangxiaolan-000000004', 赵文斌: 'oDemo-zhaoyisheng-000000005', 孙丽: 'oDemo-sunli-00000000000000006',
  李长根: 'oDemo-laoli-0000000000000007', 钱红: 'oDemo-qianhong-0000000000008', 小雨: 'oDemo-xiaoyu-000000000000012', 阿杰: 'oDemo-ajie-00000000000000013',
}

export const phone = { viewport: { width: 375, height: 812 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }
export const pc = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1, isMobile: false, hasTouch: false }

const freePort = () => new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => resolve(port))
  })
})

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

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
  // Also when the run itself is broken off.
  process.once('exit', () => {
    server.kill('SIGKILL')
    rmSync(data, { recursive: true, force: true })
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
  await until('kezhi is ready', async () => {
    if (server.exitCode !== null) throw new Error('kezhi ended at its start:\n' + log.join(''))
    return (await fetch(app + '/readyz').catch(() => null))?.ok
  })
  mkdirSync('shots', { recursive: true })
  const launch = (...args) => chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // The language of its own widgets, where it has been installed with it.
    env: { ...process.env, LANGUAGE: 'zh_CN', LANG: 'zh_CN.UTF-8' },
    args: ['--no-sandbox', '--disable-gpu', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', ...args],
  })
  const browser = await launch()
  const faults = []

  function dress(page, name) {
    const who = name ?? 'nobody'
    page.on('pageerror', (error) => faults.push(`${who}: ${error.message}`))
    page.on('response', (response) => {
      if (response.status() >= 500 && !response.headers()['x-made-up']) faults.push(`${who}: ${response.status()} ${response.url()}`)
    })
    page.goTo = (path) => page.goto(path.startsWith('http') ? path : app + path)
    page.api = async (path) => (await page.context().request.get(app + '/api/v1' + path)).json()
    page.another = async () => dress(await page.context().newPage(), name)
    return page
  }

  return {
    app, sandbox, browser, launch, faults,
    openid: (name) => openids[name],
    log: () => log.join(''),

    // as opens a page on the phone of someone; nobody is not logged in to WeChat.
    async as(name, { from = browser, ...options } = {}) {
      const context = await from.newContext({ ...phone, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ...options })
      context.setDefaultTimeout(15000)
      if (name) await context.addCookies([{ name: 'sandbox_openid', value: openids[name], domain: '127.0.0.1', path: '/' }])
      const page = dress(await context.newPage(), name)
      if (name) await page.goto(app + '/wechat/login?return_to=/healthz')
      return page
    },

    // shot keeps a picture of the whole page, and says what is wrong with what it shows.
    // The screen is made as long as the page for it: a picture beyond the screen would show
    // the page as a PC has it, with bars across the text.
    async shot(page, name, { letters = false } = {}) {
      await still(page)
      const seen = page.viewportSize()
      const { height, top } = await page.evaluate(() => ({ height: document.documentElement.scrollHeight, top: scrollY }))
      const longer = height > seen.height
      if (longer) {
        await page.setViewportSize({ width: seen.width, height: Math.min(height, 4000) })
        await still(page)
      }
      await page.screenshot({ path: `shots/${name}.png` })
      if (!page.url().startsWith(sandbox)) {
        for (const fault of await page.evaluate(faultsOf, { letters, touch: seen.width < 600 })) faults.push(`${name} ${fault}`)
      }
      if (longer) {
        await page.setViewportSize(seen)
        await page.evaluate((y) => scrollTo(0, y), top)
      }
    },

    // forReadme keeps what fits the screen as a picture of README.md, when asked to.
    async forReadme(page, name) {
      if (!process.env.README_PICTURES) return
      await still(page)
      await page.screenshot({ path: `../docs/screens/${name}.png` })
    },

    // inbox is what someone's template messages say, newest last.
    async inbox(name) {
      return (await fetch(`${sandbox}/sandbox/api/people/${openids[name]}/inbox`)).json()
    },

    // watched keeps a picture of every page that is open when a walk fails.
    async watched(walk) {
      try {
        return await walk()
      } catch (error) {
        const open = browser.contexts().flatMap((context) => context.pages())
        await Promise.all(open.map((page, at) => page.screenshot({ path: `shots/failed-${at}.png`, timeout: 5000 }).catch(() => {})))
        throw error
      }
    },

    // hold is a check that the walk can go on without; it fails the run all the same.
    async hold(what, check) {
      try {
        await check()
        return true
      } catch (error) {
        faults.push(`${what}: ${error.message.split('\n')[0]}`)
        return false
      }
    },

    noFaults() {
      if (faults.length > 0) throw new Error(`${faults.length} faults:\n${[...new Set(faults)].join('\n')}`)
    },

    async stop() {
      await browser.close()
      server.kill('SIGTERM')
      await ended
      rmSync(data, { recursive: true, force: true })
    },
  }
}

// still waits until nothing loads or moves any more.
export async function still(page) {
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'), null, { timeout: 5000 }).catch(() => {})
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    await frame()
    await frame()
    const ending = document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity)
    const pictures = [...document.images].filter((i) => !i.complete).map((i) => i.decode().catch(() => {}))
    await Promise.race([Promise.allSettled([...ending.map((a) => a.finished), ...pictures]), new Promise((r) => setTimeout(r, 1500))])
    await frame()
  })
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
    await pause(100)
  }
  throw new Error('never came true: ' + what)
}

export const button = (page, name) => page.getByRole('button', { name, exact: typeof name === 'string' })
export const link = (page, name) => page.getByRole('link', { name })

// tapTwice is the double tap of someone who is not sure that the first was felt. With an
// answer to wait for, the second tap finds the page just as it moves on.
export async function tapTwice(page, locator, { answer, apart = 60 } = {}) {
  await locator.waitFor()
  await still(page)
  const box = await locator.boundingBox()
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  const answered = answer ? page.waitForResponse(answer) : undefined
  await page.touchscreen.tap(x, y)
  await answered
  await pause(apart)
  await page.touchscreen.tap(x, y)
}
