// What people and networks do to pages.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { button, link, startTown, tapTwice, until } from './town.mjs'

let town
before(async () => {
  town = await startTown()
})
after(() => town?.stop())

const walk = (name, act) => test(name, { timeout: 90000 }, () => town.watched(act))
const says = (page, words) => page.getByText(words).first().waitFor()
const search = async (page, words) => (await page.api('/activities?q=' + encodeURIComponent(words))).items[0]

walk('going back returns to the list, with its scroll and its filter', async () => {
  const page = await town.as('王晓兰')
  await page.goTo('/activities')
  await page.locator('.card').nth(4).waitFor()
  await page.evaluate(() => scrollTo(0, 1e6))
  const before = await page.evaluate(() => scrollY)
  assert.ok(before > 50, 'the list is longer than the screen')
  await page.locator('.card').last().click()
  await page.waitForURL(/activities\/01/)
  await button(page, '返回').waitFor()
  await page.goBack()
  await page.locator('.card').last().waitFor()
  await until('the list is where it was', async () => Math.abs(await page.evaluate(() => scrollY) - before) < 3)

  await page.evaluate(() => scrollTo(0, 0))
  await button(page, /^类型/).click()
  await page.getByRole('dialog').getByRole('button', { name: '科技培训' }).click()
  await until('the filter holds', async () => await page.getByText('茶园病虫害防治现场指导').count() === 0)
  await page.getByText('直播助农技术培训').click()
  await page.waitForURL(/activities\/01/)
  await button(page, '返回').click()
  await says(page, '直播助农技术培训')
  assert.equal(await page.getByText('茶园病虫害防治现场指导').count(), 0, 'the filter is kept')
  await page.reload()
  await says(page, '直播助农技术培训')
  assert.equal(await page.getByText('茶园病虫害防治现场指导').count(), 0, 'and after loading again')

  await button(page, '清除筛选').click()
  await says(page, '茶园病虫害防治现场指导')
  await button(page, /^组织/).click()
  await page.getByLabel('搜索组织名称').fill('城关')
  await page.getByRole('dialog').getByRole('button', { name: /城关社区分队/ }).click()
  await until('one organization', async () => await page.locator('.card').count() === 1)
  await says(page, /全国科普日社区讲座/)
  await button(page, '清除筛选').click()
  await button(page, '往期').click()
  await says(page, '水稻机插秧技术培训')
  await page.getByRole('searchbox').fill('没有这样的')
  await page.getByRole('searchbox').press('Enter')
  await says(page, '没有符合条件的活动')
  await town.shot(page, '60-nothing-found')
  await button(page, '看全部活动').click()
  await says(page, '茶园病虫害防治现场指导')
  await page.context().close()
})

walk('a message opened from outside leads back into the app', async () => {
  const page = await town.as('王晓兰')
  for (const [path, parent] of [['/me/registrations', '/me'], ['/activities/' + (await search(page, '茶园')).id, '/activities']]) {
    const tab = await page.another()
    await tab.goTo(path)
    await button(tab, '返回').click()
    await tab.waitForURL(town.app + parent)
    await tab.close()
  }
  await page.context().close()
})

walk('two tabs agree', async () => {
  const first = await town.as('王晓兰')
  const second = await first.another()
  const { id } = await search(first, '小学生科学')
  for (const page of [first, second]) {
    await page.goTo('/activities/' + id)
    await button(page, '报名').waitFor()
  }
  await button(first, '报名').click()
  await says(first, '报名成功')
  await button(second, '报名').click()
  await says(second, /报名成功|已报名/)
  assert.equal((await first.api('/activities/' + id)).taken, 1)
  await first.reload()
  await button(first, '取消报名').click()
  await first.getByRole('dialog').getByRole('button', { name: '取消报名' }).click()
  await says(first, '已取消报名')
  await second.reload()
  await button(second, '报名').waitFor()
  assert.equal((await first.api('/activities/' + id)).taken, 0)

  // One logs out: the other does not go on as whoever was there.
  await first.goTo('/me')
  await button(first, '退出登录').click()
  await first.getByRole('dialog').getByRole('button', { name: '退出登录' }).click()
  await first.waitForURL('**/activities')
  await second.context().addCookies([{ name: 'sandbox_openid', value: town.openid('孙丽'), domain: '127.0.0.1', path: '/' }])
  await second.goTo('/me')
  await says(second, '孙丽')
  assert.equal(await second.getByText('王晓兰').count(), 0)
  assert.equal(await second.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('kezhi.code.')).length), 0, 'no code of the last one is left')
  await first.context().close()
})

walk('without a network the page says so and recovers', async () => {
  const page = await town.as('王晓兰')
  const { id } = await search(page, '小学生科学')
  await page.goTo('/activities/' + id)
  await button(page, '报名').waitFor()
  await page.context().setOffline(true)
  const told = page.waitForEvent('dialog').then((alert) => alert.message() + alert.accept()) // where the toast has not been loaded yet
  await button(page, '报名').click()
  await Promise.any([says(page, '网络不好，请检查网络后重试'), told.then((words) => assert.match(words, /网络不好，请检查网络后重试/))])
  told.catch(() => {})
  await town.shot(page, '61-offline-sign-up')
  await page.context().setOffline(false)
  await button(page, '报名').click()
  await says(page, '报名成功')
  assert.equal((await page.api('/activities/' + id)).taken, 1)
  await page.context().close()

  const fresh = await town.as('孙丽')
  await fresh.goTo('/activities')
  await fresh.locator('.card').first().waitFor()
  await fresh.context().setOffline(true)
  await link(fresh, /我的/).click()
  await says(fresh, /网络/)
  await town.shot(fresh, '62-offline')
  await fresh.context().setOffline(false)
  await button(fresh, '重试').first().click()
  await says(fresh, '孙丽')
  await fresh.context().close()
})

walk('an answer that is lost, late or broken is said in words', async () => {
  const page = await town.as('王晓兰')
  const { id } = await search(page, '直播助农')
  const madeUp = { 'x-made-up': '1', 'X-Request-Id': '01ARZ3NDEKTSV4RRFFQ69G5FAV' }
  for (const [name, answer] of [
    ['63-broken', { status: 502, body: '<html>Bad Gateway</html>', headers: madeUp }],
    ['63-down', { status: 503, json: { error: { reason: 'unavailable', message: '系统繁忙，请稍后重试', request_id: madeUp['X-Request-Id'] } }, headers: madeUp }],
  ]) {
    await page.route('**/api/v1/activities/' + id, (route) => route.fulfill(answer))
    await page.goTo('/activities/' + id)
    await says(page, /[一-龥]{4,}/)
    await button(page, '重试').waitFor()
    await says(page, madeUp['X-Request-Id'])
    await town.shot(page, name)
    await page.unroute('**/api/v1/activities/' + id)
    await button(page, '重试').click()
    await says(page, '直播助农技术培训')
  }

  // The answer to a sign-up is lost; trying again takes no second seat.
  const lost = await search(page, '社区讲座')
  await page.goTo('/activities/' + lost.id)
  await page.route('**/registration', async (route) => {
    await route.fetch()
    await route.abort('connectionreset')
  })
  await button(page, '报名').click()
  await says(page, /网络不好|已报名/)
  await page.unroute('**/registration')
  await page.reload()
  await button(page, '查看签到码').waitFor()
  assert.equal((await page.api('/activities/' + lost.id)).taken, lost.taken + 1)
  await page.context().close()
})

walk('a second tap does not decide about the next applicant', async () => {
  const page = await town.as('周敏')
  await page.goTo('/desk')
  await button(page, '审核下一位').click()
  await button(page, '通过').waitFor()
  const decisions = []
  page.on('request', (request) => /approve|reject/.test(request.url()) && decisions.push(request.url()))
  const pending = (await page.api('/desk')).pending
  await tapTwice(page, button(page, '通过'), { answer: (response) => response.url().endsWith('/approve'), apart: 250 })
  await page.waitForTimeout(800)
  await town.hold('a double tap on 通过 approves one person', () => assert.equal(decisions.length, 1, `${decisions.length} were approved, the second unseen`))
  assert.equal((await page.api('/desk')).pending, pending - decisions.length)
  await page.context().close()
})

walk('the wrong role finds no tools', async () => {
  const paths = [
    '/desk', '/desk/volunteers?state=pending', '/desk/volunteers/VOLUNTEER', '/desk/activities', '/desk/activities/new', '/desk/activities/ACTIVITY', '/desk/activities/ACTIVITY/edit',
    '/desk/scan/ACTIVITY', '/desk/scan', '/desk/organizations', '/desk/invites',
  ]
  const admin = await town.as('周敏')
  const volunteer = (await admin.api('/volunteers?state=pending')).items[0].id
  const activity = (await search(admin, '乡村医疗义诊')).id
  await admin.context().close()
  for (const [name, those] of [
    ['王晓兰', paths],
    ['陈建国', ['/desk/volunteers?state=pending', '/desk/volunteers/VOLUNTEER', '/desk/organizations', '/desk/invites']], // an organiser, no admin
  ]) {
    const page = await town.as(name)
    for (const path of those) {
      await page.goTo(path.replace('VOLUNTEER', volunteer).replace('ACTIVITY', activity))
      await town.shot(page, `64-${name === '王晓兰' ? 'volunteer' : 'organiser'}${path.replace(/\W+/g, '-')}`)
      const text = await page.locator('body').innerText()
      await town.hold(`${path} tells ${name} that it is not for them`, () => assert.match(text, /没有权限|只对|不能|没有找到|请联系/))
      const tools = await page.getByRole('button', { name: /生成邀请|新增|发布|保存|^(不)?通过$|改名|扫码签到|签到$/ }).or(page.locator('video')).count()
      await town.hold(`${path} shows ${name} no tools`, () => assert.equal(tools, 0, `there are ${tools}`))
    }
    await page.context().close()
  }
})

walk('junk in the address gets a page that helps', async () => {
  const page = await town.as('林海')
  const way = /去看活动|看全部活动|点此刷新|回工作台|返回|重试|去注册|去报名/
  for (const [path, words] of [
    ['/activities/xx', /没有找到/], ['/c/junk', /不是签到码/], ['/invite/junk', /已使用或已过期/], ['/nowhere', /没有这个页面/], ['/me/nowhere', /没有这个页面/],
    ['/registrations/junk', /没有找到/], ['/desk/volunteers/junk', /没有找到/], ['/desk/activities/junk', /没有找到/], ['/desk/activities/junk/edit', /没有找到/],
    ['/desk/activities/new?like=junk', /没有找到|活动名称/], ['/desk/scan/junk', /不能|没有找到/],
    ['/activities?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E', /没有符合条件的活动/], ['/activities?type=junk&when=junk&open=junk', /没有符合条件的活动|不对|没有/],
    ['/activities?org=junk&orgname=%E5%9F%8E%E5%85%B3', /没有符合条件的活动|没有找到/], ['/desk/volunteers?state=junk', /吴刚|郑雪|冯涛/], ['/activities/' + '%F0%9F%92%A9'.repeat(40), /没有找到/],
  ]) {
    await page.goTo(path)
    await town.hold(`${path} says ${words}`, () => page.getByText(words).first().waitFor({ timeout: 4000 }))
    assert.match(await page.locator('body').innerText(), way, `${path} is a dead end`)
    await town.shot(page, '65-' + path.replace(/\W+/g, '-').slice(1, 32), { letters: path.includes('script') })
  }
  await page.context().close()
  const newcomer = await town.as('小雨')
  for (const path of ['/register?step=99', '/register?step=junk', '/register?step=3']) { // without consent there is no further screen
    await newcomer.goTo(path)
    await says(newcomer, /我已阅读并同意/)
  }
  for (const [path, words] of [['/activate', '您还没有注册'], ['/me/profile', '您还没有注册'], ['/me/registrations', '您还没有报名活动'], ['/me/notices', '还没有消息']]) {
    await newcomer.goTo(path)
    await says(newcomer, words)
    await town.shot(newcomer, '66' + path.replace(/\W+/g, '-'))
  }
  await newcomer.context().close()
})

walk('a session that is over leads through the login back to the wanted page', async () => {
  const page = await town.as('孙丽')
  const end = () => page.context().request.delete(town.app + '/api/v1/session', { headers: { Origin: town.app } })
  assert.ok((await end()).ok())
  await page.goTo('/me/registrations')
  await says(page, '茶园病虫害防治现场指导')
  assert.match(page.url(), /\/me\/registrations/)

  const { id } = await search(page, '小学生科学')
  await page.goTo('/activities/' + id)
  await button(page, '报名').waitFor()
  assert.ok((await end()).ok())
  await button(page, '报名').click()
  await page.waitForURL((url) => url.pathname === '/activities/' + id)
  await until('she is known again', async () => (await page.api('/me')).name === '孙丽')
  await until('the page is there again', async () => await button(page, '报名').or(button(page, '查看签到码')).first().isVisible().catch(() => false))
  await page.context().close()

  // Nobody at all: the picker, then the page with its query.
  const nobody = await town.as(null)
  await nobody.goTo('/activities?q=' + encodeURIComponent('茶园'))
  await says(nobody, '茶园病虫害防治现场指导') // what is public needs no login
  await nobody.getByText('茶园病虫害防治现场指导').click()
  await button(nobody, '报名').click()
  await nobody.waitForURL(town.sandbox + '/**')
  await nobody.locator(`[data-openid=${town.openid('赵文斌')}]`).click()
  await nobody.waitForURL(/\/activities\/01/)
  await button(nobody, '报名').click()
  await says(nobody, '报名成功')
  await nobody.context().close()

  const refusing = await town.as(null)
  await refusing.goTo('/me')
  await refusing.waitForURL(town.sandbox + '/**')
  await refusing.getByText('拒绝').click()
  await refusing.waitForURL(town.app + '/**')
  await town.shot(refusing, '67-login-refused')
  assert.match(await refusing.locator('body').innerText(), /登录/)
  await refusing.context().close()
})

walk('an invitation makes an organiser, once', async () => {
  const admin = await town.as('周敏')
  await admin.goTo('/desk/invites')
  await button(admin, '生成邀请链接').click()
  const url = await admin.locator('#invite-link').inputValue()
  await town.shot(admin, '68-invite')
  const zhao = await town.as('赵文斌')
  await zhao.goTo(url)
  await says(zhao, /邀请您担任/)
  await town.shot(zhao, '69-invited')
  assert.equal((await zhao.api('/me')).roles.length, 0, 'opening it accepts nothing')
  await button(zhao, '接受邀请').click()
  await zhao.waitForURL('**/desk')
  await says(zhao, '扫码签到')
  const late = await town.as('孙丽')
  await late.goTo(url)
  await says(late, /已使用或已过期/)
  for (const page of [admin, zhao, late]) await page.context().close()
})

test('the pages on the way were as they should be', () => town.noFaults())
