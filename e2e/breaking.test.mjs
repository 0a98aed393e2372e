// What people and networks do to pages.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTown } from './town.mjs'

let town
before(async () => {
  town = await startTown()
})
after(async () => {
  await town?.stop()
  assert.deepEqual(town.faults, [], 'faults that the pages showed on the way')
})

test('going back returns to the list with its filter', async () => {
  const page = await town.as('王晓兰')
  await page.goTo('/activities')
  await page.locator('.card').first().waitFor()
  await page.getByRole('button', { name: /^类型/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: '科技培训' }).click()
  await page.getByText('直播助农技术培训').waitFor()
  assert.equal(await page.getByText('茶园病虫害防治现场指导').count(), 0)
  await page.getByText('直播助农技术培训').click()
  await page.waitForURL(/activities\/01/)
  await page.getByRole('button', { name: /报名|尚未/ }).first().waitFor()
  await page.goBack()
  await page.getByText('直播助农技术培训').waitFor()
  assert.equal(await page.getByText('茶园病虫害防治现场指导').count(), 0, 'the filter is kept')
  await page.context().close()
})

test('two tabs agree', async () => {
  const first = await town.as('王晓兰')
  const second = await first.context().newPage()
  await first.goTo('/activities')
  const id = (await first.api('/activities?q=' + encodeURIComponent('小学生科学'))).items[0].id
  for (const page of [first, second]) await page.goto(`${town.app}/activities/${id}`)
  for (const page of [first, second]) {
    await page.getByRole('button', { name: '报名', exact: true }).click().catch(() => {})
    await page.getByText(/报名成功|已报名/).first().waitFor()
  }
  assert.equal((await first.api('/activities/' + id)).taken, 1)
  await first.context().close()
})

test('without a network the page says so and recovers', async () => {
  const page = await town.as('王晓兰')
  await page.goTo('/activities')
  await page.locator('.card').first().waitFor()
  await page.context().setOffline(true)
  await page.getByRole('link', { name: /我的/ }).click()
  await page.getByText(/网络/).first().waitFor()
  await town.shot(page, '40-offline')
  await page.context().setOffline(false)
  await page.getByRole('button', { name: '重试' }).first().click()
  await page.getByText('王晓兰').first().waitFor()
  await page.context().close()
})

test('the wrong role, junk in the address, and a lost session each get a page that helps', async () => {
  const page = await town.as('王晓兰')
  for (const [path, words] of [
    ['/desk', /没有权限|工作台|没有/],
    ['/desk/volunteers?state=pending', /没有权限/],
    ['/activities/junk', /没有找到/],
    ['/c/junk', /不是签到码|请出示给组织者/],
    ['/invite/junk', /已使用或已过期/],
    ['/nowhere', /没有|不存在/],
  ]) {
    await page.goTo(path)
    await page.getByText(words).first().waitFor()
    await town.shot(page, '41-' + path.replace(/\W+/g, '-'))
  }
  await page.context().clearCookies({ name: 'kezhi' })
  await page.goTo('/me/registrations')
  await page.getByText('茶园病虫害防治现场指导').first().waitFor() // logged in again, back where one wanted to be
  assert.match(page.url(), /\/me\/registrations/)
  await page.context().close()
})

test('large type, the dark, and a PC', async () => {
  const pages = ['/activities', '/me', '/me/notices', '/desk', '/desk/volunteers?state=pending', '/desk/activities/new']
  for (const [name, options, style] of [
    ['large', {}, 'html{font-size:200% !important}'],
    ['dark', { colorScheme: 'dark' }, ''],
    ['pc', { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1, isMobile: false, hasTouch: false }, ''],
  ]) {
    const page = await town.as('周敏', options)
    for (const path of pages) {
      await page.goTo(path)
      await page.waitForLoadState('networkidle')
      if (style) await page.addStyleTag({ content: style })
      await town.shot(page, `50-${name}${path.replace(/\W+/g, '-')}`)
    }
    await page.context().close()
  }
})
