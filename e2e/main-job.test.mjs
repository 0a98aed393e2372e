// The main job, from registering to the scan, as the people of the demo town do it.
// Steps build on each other and run in their order.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import jsQR from 'jsqr'
import { PNG } from 'pngjs'
import { button, link, nationalId, portrait, startTown, tapTwice, until } from './town.mjs'

let town, newcomer, county, city, organizer, wang, sun
let id // of the newcomer
let activity, nextWeek // that 陈建国 publishes
let registration // of 王晓兰 for the first
let cancelledCode // of 小雨, who took a seat and gave it back

before(async () => {
  town = await startTown()
  newcomer = await town.as(null)
  ;[county, city, organizer, wang, sun] = await Promise.all(['周敏', '林海', '陈建国', '王晓兰', '孙丽'].map((name) => town.as(name)))
})
after(() => town?.stop())

// step is a test that does not try to go on after an earlier step has failed.
let broken = false
function step(name, walk) {
  test(name, { timeout: 90000 }, async (t) => {
    if (broken) return t.skip('an earlier step failed')
    broken = true
    await town.watched(walk)
    broken = false
  })
}

const says = (page, words) => page.getByText(words).first().waitFor()
const stillSays = (page, words) => page.getByText(words).first().waitFor({ timeout: 1000 })
const back = (page) => button(page, '返回').click()

const person = {
  姓名: '张小雨', 民族: '汉族', 文化程度: '大学本科', 职业: '教师', 单位及职务: '临江中学教师', 职称或技术资格: '一级教师', 业务专长: '物理实验',
  个人特长: '摄影', 联系电话: '13812345678', 电子信箱: 'xiaoyu@example.com', 邮政编码: '311800', 通讯地址: '临江县人民路 1 号',
}

async function fill(page, values) {
  for (const [label, value] of Object.entries(values)) {
    const field = page.getByLabel(label, { exact: false }).first()
    if (await field.evaluate((element) => element.tagName === 'SELECT')) await field.selectOption(value)
    else await field.fill(value)
  }
}

// photo waits for the answer: the picture before it has the same words.
async function photo(page) {
  const uploaded = page.waitForResponse((response) => response.url().endsWith('/photos') && response.ok())
  await page.getByLabel('照片').setInputFiles(await portrait(town.browser))
  await uploaded
  await page.getByAltText('已上传的照片').waitFor()
}

step('0 the sandbox lets one pick who one is', async () => {
  const page = await town.as(null)
  await page.goTo(town.sandbox)
  await town.shot(page, '00-sandbox')
  await page.locator('.person', { hasText: '王晓兰' }).getByText('以此人身份打开公众号').click()
  await page.waitForURL(town.app + '/**')
  await link(page, '我的').click()
  await says(page, '王晓兰')
  await page.context().close()
})

step('1 a newcomer logs in and registers', async () => {
  let page = newcomer
  await page.goTo('/me')
  await page.waitForURL(town.sandbox + '/**')
  await town.shot(page, '01-who')
  await page.locator(`[data-openid=${town.openid('小雨')}]`).click()
  await page.waitForURL((url) => url.origin === town.app && url.pathname === '/me')
  await button(page, '去注册').waitFor()
  await town.shot(page, '02-me-new')
  await button(page, '去注册').click()
  await button(page, '下一步').click()
  await says(page, '请先阅读并勾选上面两项同意')
  await town.shot(page, '03-consent-missing')
  await button(page, /阅读《/).click()
  await page.getByRole('dialog').getByText(/身份证/).first().waitFor()
  await town.shot(page, '03-privacy')
  await page.getByRole('dialog').getByRole('button', { name: '关闭' }).click()
  await page.getByLabel(/我已阅读并同意/).check()
  await page.getByLabel(/我单独同意/).check()
  await page.locator('#organization_id').click()
  await town.shot(page, '04-organizations')
  await page.getByLabel('搜索组织名称').fill('白石')
  await page.getByRole('dialog').getByRole('button', { name: /白石镇分队/ }).click()
  await town.shot(page, '05-consent')
  await button(page, '下一步').click()

  const good = nationalId('19900501', '004')
  await page.getByLabel('姓名').waitFor()
  await page.getByLabel('身份证号码').fill(good.slice(0, 17) + (good[17] === '0' ? '1' : '0'))
  await fill(page, { 联系电话: '123', 电子信箱: 'junk', 邮政编码: '12' })
  await button(page, '下一步').click()
  const wrong = (field) => page.locator(`#${field}-error`).textContent()
  for (const field of ['name', 'national_id', 'birth_date', 'phone', 'email', 'postcode', 'photo_id']) {
    assert.match(await wrong(field), /[一-龥]{3,}/, `${field} says what is wrong`)
  }
  await town.shot(page, '06-person-wrong')
  await page.getByLabel('身份证号码').fill(good)
  await page.locator('#birth_date').fill('1991-05-01')
  await page.getByLabel('男', { exact: true }).check()
  await page.getByLabel('姓名').click()
  assert.equal(await wrong('birth_date'), '出生年月与身份证号码不一致')
  assert.equal(await wrong('sex'), '性别与身份证号码不一致')
  await page.getByLabel('身份证号码').fill('')
  await page.getByLabel('身份证号码').fill(good)
  assert.equal(await page.locator('#birth_date').inputValue(), '1990-05-01', 'the number fills in the birth date')
  await fill(page, { ...person, 联系电话: '13910000000' }) // 林海 has it
  await photo(page)
  await town.shot(page, '07-person')

  await page.close() // half-way
  page = newcomer = await page.another()
  await page.goTo('/me')
  await button(page, '去注册').click()
  await says(page, /您已同意/)
  await says(page, '白石镇分队')
  await button(page, '下一步').click()
  await page.getByLabel('姓名').waitFor()
  for (const [label, value] of Object.entries({ ...person, 身份证号码: good, 联系电话: '13910000000' })) {
    assert.equal(await page.getByLabel(label).first().inputValue(), value, `the draft has ${label}`)
  }
  await page.getByAltText('已上传的照片').waitFor()
  await button(page, '下一步').click()
  for (const label of ['讲座', '技术服务', '假日', '晚上']) await page.getByLabel(label, { exact: true }).check()
  await town.shot(page, '08-service')
  await button(page, '提交').click()
  await page.waitForURL('**/register?step=2')
  assert.match(await wrong('phone'), /已.*[一-龥]/, 'a number that someone has is said at its field')
  await town.shot(page, '09-phone-taken')
  await page.getByLabel('联系电话').fill(person.联系电话)
  await button(page, '下一步').click()
  const submissions = []
  page.on('request', (request) => request.method() === 'PUT' && submissions.push(request.url()))
  await tapTwice(page, button(page, '提交'), { answer: (response) => response.request().method() === 'PUT' })
  await town.hold('after a double tap on 提交 the profile opens', async () => {
    await page.waitForURL('**/me/profile', { timeout: 5000 })
    await says(page, '审核中')
    await town.shot(page, '10-pending')
    await back(page)
    await page.waitForURL('**/me', { timeout: 5000 }) // and not into the form again
  })
  assert.equal(submissions.length, 1, 'a double tap submits once')
  id = (await page.api('/me')).id
})

step('2 admins review on the phone', async () => {
  await county.goTo('/activities')
  await link(county, '工作台').click()
  await says(county, '待审核')
  await town.shot(county, '11-desk')
  await link(county, /待审核/).click()
  await says(county, '张小雨')
  const queue = (await county.api('/volunteers?state=pending')).items
  assert.deepEqual(queue.map((one) => one.submitted_at), queue.map((one) => one.submitted_at).sort(), 'oldest first')
  const names = await county.locator('.row').allInnerTexts()
  assert.deepEqual(names.map((text) => text.split(/\s/)[0]), queue.map((one) => one.name))
  assert.match(names.at(-1), /张小雨/)
  await town.shot(county, '12-queue')
  await link(county, /张小雨/).click()
  await button(county, '不通过').waitFor()
  assert.match(await county.locator('body').innerText(), /3306\*{10}\d{3}[\dX][\s\S]*138\*{4}5678/, 'national id and phone are masked')
  await town.shot(county, '13-applicant')
  await button(county, '不通过').click()
  await town.shot(county, '14-reasons')
  await button(county, /照片不清楚/).click()
  await county.waitForURL((url) => /\/desk\/volunteers\/\w/.test(url.pathname) && !url.pathname.endsWith(id)) // the next opens by itself
  await button(county, '通过').waitFor()

  await newcomer.goTo('/me')
  await button(newcomer, '去修改').click()
  await says(newcomer, /照片不清楚/)
  await town.shot(newcomer, '15-rejected')
  await button(newcomer, '下一步').click()
  await photo(newcomer)
  await button(newcomer, '下一步').click()
  await button(newcomer, '提交').click()
  await newcomer.waitForURL('**/me/profile')

  for (const admin of [county, city]) {
    await admin.goTo('/desk/volunteers?state=pending')
    await link(admin, /张小雨/).click()
    await button(admin, '通过').waitFor()
  }
  await button(county, '通过').click()
  await county.waitForURL((url) => !url.pathname.endsWith(id))
  await button(city, '不通过').click()
  await button(city, /照片不清楚/).click()
  await says(city, /已由周\*于.*处理/)
  await town.shot(city, '16-decided-by-another')
  assert.equal((await newcomer.api('/me')).volunteer_state, 'approved', 'nothing was overwritten')
  await button(city, '知道了').click()
  await says(city, /周\*\s*通过/) // and the page shows how it stands
})

step('3 the result and the code arrive as template messages', async () => {
  const messages = await until('the code is in the inbox', async () => {
    const all = await town.inbox('小雨')
    return all.some((m) => m.title === '账号激活提醒') && all
  })
  assert.equal(messages.filter((m) => m.title === '志愿者审核通过通知').length, 1)
  await newcomer.goTo(`${town.sandbox}/inbox/${town.openid('小雨')}`)
  await says(newcomer, '账号激活提醒')
  await town.shot(newcomer, '17-inbox')
})

step('4 the message opens the page, and the code activates', async () => {
  const message = newcomer.locator('.note', { hasText: '账号激活提醒' }).last()
  const code = await message.locator('dt:has-text("激活码") + dd').innerText()
  assert.match(code, /^\d{6}$/)
  await message.click()
  await newcomer.waitForURL((url) => url.pathname === '/activate')
  await newcomer.getByLabel('激活码').fill(code === '000000' ? '000001' : '000000')
  await says(newcomer, '还可以试 4 次')
  await town.shot(newcomer, '18-wrong-code')
  await newcomer.getByLabel('激活码').fill(code)
  await newcomer.waitForURL('**/me')
  await says(newcomer, '科技志愿者（已激活）')
  await town.shot(newcomer, '19-active')
})

step('4b someone who does not follow is told what to do, and gets the message after following', async () => {
  const page = await town.as('阿杰')
  await page.goTo('/me')
  await says(page, /关注公众号后/)
  await town.shot(page, '20-not-following')
  const call = async (method, path, data, headers) => {
    const answer = await page.context().request.fetch(town.app + '/api/v1' + path, { method, data, headers })
    assert.ok(answer.ok(), `${method} ${path}: ${await answer.text()}`)
    return answer.status() === 204 ? null : answer.json()
  }
  const privacy = await call('GET', '/privacy')
  await call('POST', '/me/consents', { version: privacy.version, sensitive: true })
  const picture = await call('POST', '/photos', (await portrait(town.browser)).buffer, { 'Content-Type': 'image/jpeg' })
  const own = (await newcomer.api('/me/volunteer')).form
  delete own.version
  await call('PUT', '/me/volunteer', { ...own, name: '李杰', sex: '男', photo_id: picture.id, national_id: nationalId('19900501', '005'), phone: '13900000005' })
  const me = await call('GET', '/me')
  await county.goTo(`/desk/volunteers/${me.id}`)
  await button(county, '通过').click()
  await county.waitForURL((url) => !url.pathname.endsWith(me.id))
  await page.goTo('/activate')
  await says(page, /关注公众号后/)
  await town.shot(page, '21-not-following-code')
  const arrived = async () => (await town.inbox('阿杰')).filter((m) => m.channel === 'template').length
  assert.equal(await arrived(), 0)
  await page.goTo('/me/notices')
  await says(page, '关注公众号后会发到您的微信')
  await town.shot(page, '22-waiting-notices')

  await page.goTo(town.sandbox)
  await page.locator('.person', { hasText: '阿杰' }).getByRole('button', { name: '关注', exact: true }).click()
  await until('the messages come after following', async () => await arrived() === 2)
  await page.goTo(`${town.sandbox}/inbox/${town.openid('阿杰')}`)
  await page.locator('.note', { hasText: '账号激活提醒' }).click()
  await page.getByLabel('激活码').waitFor()
  await until('the page knows', async () => await page.getByText(/关注公众号后/).count() === 0)
  await page.context().close()
})

step('5 an organiser publishes', async () => {
  const page = organizer
  await page.goTo('/desk')
  await link(page, '发布活动').click()
  await button(page, '发布').click()
  await says(page, '请填写活动名称，至少 2 个字')
  await town.shot(page, '23-activity-wrong')
  const china = (hours) => new Date(Date.now() + (hours + 8) * 3600_000).toISOString().slice(0, 16)
  await page.getByLabel('活动名称').fill('果树冬剪现场培训')
  await page.getByLabel('活动类型').selectOption('科技培训')
  await page.getByLabel('开始时间').fill(china(0.9))
  await page.getByLabel('结束时间').fill(china(3))
  await page.locator('#signup_opens_at').fill(china(-1))
  await page.locator('#signup_closes_at').fill(china(2))
  await page.getByLabel('地点', { exact: true }).fill('白石镇果园')
  await page.getByLabel('名额').fill('2')
  await page.locator('#description').fill('讲解和示范果树的冬季修剪。')
  await page.locator('#bring').fill('剪刀、手套')
  await town.shot(page, '24-new-activity')
  await tapTwice(page, button(page, '发布'))
  await page.waitForURL(/desk\/activities\/01/)
  const search = async (words) => (await page.api('/activities?q=' + encodeURIComponent(words))).items
  assert.equal((await search('冬剪')).length, 1, 'a double tap publishes one activity')
  activity = (await search('冬剪'))[0]
  await town.shot(page, '25-published')

  // One like it, a week later, first as a draft that nobody sees.
  await link(page, '照这个再办一次').click()
  await says(page, /已照上次填好/)
  await page.getByLabel('活动名称').fill('果树春剪现场培训')
  await page.getByLabel('名额').fill('20')
  await page.locator('#signup_opens_at').fill(china(-1))
  await button(page, '存草稿').click()
  await page.waitForURL((url) => /desk\/activities\/01/.test(url.href) && !url.href.includes(activity.id))
  assert.equal((await wang.api('/activities?q=' + encodeURIComponent('春剪'))).items.length, 0, 'a draft is nobody else’s to see')
  await town.shot(page, '26-draft')
  await button(page, '发布').click()
  await page.getByRole('dialog').getByRole('button', { name: '发布', exact: true }).click()
  await says(page, '剩 20 个名额')
  nextWeek = (await search('春剪'))[0]
})

step('5b volunteers sign up for the last seats', async () => {
  await sun.goTo('/activities/' + activity.id) // and looks at it for a while
  await button(sun, '报名').waitFor()

  await wang.goTo('/activities')
  await wang.locator('.card').first().waitFor()
  await town.shot(wang, '27-activities')
  await town.forReadme(wang, 'activities')
  await button(wang, '可报名').click()
  await until('what is full is gone', async () => await wang.getByText('乡村医疗义诊').count() === 0)
  await button(wang, /^类型/).click()
  await town.shot(wang, '28-types')
  await wang.getByRole('dialog').getByRole('button', { name: '科技培训' }).click()
  await until('what is of another type is gone', async () => await wang.getByText('茶园病虫害防治现场指导').count() === 0)
  await town.shot(wang, '29-filtered')
  await wang.getByText('果树冬剪现场培训').click()
  await button(wang, '报名').waitFor()
  await town.shot(wang, '30-activity')
  await button(wang, '报名').click()
  await says(wang, '报名成功')
  const confirmation = await wang.getByRole('dialog').innerText()
  for (const words of ['果树冬剪现场培训', /\d+年\d+月\d+日 周. ?\s*\d+:\d\d/, '白石镇果园', '剪刀、手套']) assert.match(confirmation, new RegExp(words), 'when, where, what to bring')
  await town.shot(wang, '31-signed-up')

  await newcomer.goTo('/activities')
  await newcomer.getByRole('searchbox').fill('冬剪')
  await newcomer.getByRole('searchbox').press('Enter')
  await until('the search found one', async () => await newcomer.locator('.card').count() === 1)
  await newcomer.locator('.card').click()
  const asked = []
  newcomer.on('request', (request) => request.method() === 'POST' && request.url().endsWith('/registration') && asked.push(request.url()))
  await button(newcomer, '报名').waitFor()
  await tapTwice(newcomer, button(newcomer, '报名'), { answer: (response) => response.url().endsWith('/registration'), apart: 150 })
  await button(newcomer, '查看签到码').first().waitFor()
  assert.equal(asked.length, 1, 'a double tap signs up once')
  await newcomer.waitForTimeout(500)
  await town.hold('after a double tap on 报名 the confirmation stays to be read', () => stillSays(newcomer, '报名成功'))
  assert.equal((await newcomer.api('/activities/' + activity.id)).taken, 2, 'one seat a person')

  await button(sun, '报名').click() // as her page still offers
  await says(sun, '名额已满')
  await button(sun, '名额已满').waitFor()
  await town.shot(sun, '32-full')
  assert.equal((await sun.api('/activities/' + activity.id)).taken, 2, 'no seat too many')

  const inactive = await town.as('李长根')
  await inactive.goTo('/activities/' + activity.id)
  await button(inactive, '去激活').or(button(inactive, '名额已满')).first().waitFor()
  await inactive.goTo('/activities/' + nextWeek.id)
  await says(inactive, /激活/)
  await town.shot(inactive, '33-not-activated')
  await button(inactive, '去激活').click()
  await inactive.waitForURL('**/activate')
  const refused = await inactive.context().request.post(`${town.app}/api/v1/activities/${nextWeek.id}/registration`)
  assert.equal((await refused.json()).error.message, '您的注册已通过审核，请先激活再报名')
  await inactive.context().close()

  await button(newcomer, '查看签到码').last().click()
  await newcomer.getByAltText('签到二维码').waitFor()
  cancelledCode = (await newcomer.api('/me/registrations')).items.find((r) => r.activity_id === activity.id).code_url
  await link(newcomer, /取消报名/).click()
  await button(newcomer, '取消报名').click()
  await town.shot(newcomer, '34-cancel')
  await newcomer.getByRole('dialog').getByRole('button', { name: '取消报名' }).click()
  await says(newcomer, '已取消报名')
  await button(newcomer, '报名').waitFor()
  await sun.reload()
  await button(sun, '报名').click()
  await says(sun, '报名成功')
  assert.equal((await sun.api('/activities/' + activity.id)).taken, 2, 'the seat given back was taken again')
  await wang.goTo('/activities/' + nextWeek.id)
  await button(wang, '报名').click()
  await says(wang, '报名成功')
})

step('5c the organiser edits one and calls another off', async () => {
  await organizer.goTo(`/desk/activities/${activity.id}`)
  await link(organizer, '修改').click()
  await says(organizer, '已有 2 人报名')
  await organizer.getByLabel('详细地址').fill('白石镇上河村果园路 8 号')
  await button(organizer, '保存').click()
  await says(organizer, '白石镇上河村果园路 8 号')
  await town.shot(organizer, '35-roster')
  await until('the volunteers are told of the new place', async () => (await town.inbox('王晓兰')).some((m) => m.title === '活动变更通知'))
  assert.ok(!(await town.inbox('小雨')).some((m) => m.title === '活动变更通知'), 'who has cancelled is not')

  const lecture = (await organizer.api('/activities?q=' + encodeURIComponent('社区讲座'))).items[0]
  await organizer.goTo(`/desk/activities/${lecture.id}`)
  await button(organizer, '取消活动').click()
  await town.shot(organizer, '36-call-off')
  await button(organizer, '场地原因').click()
  await says(organizer, '活动已取消：场地原因')
  await until('those signed up are told', async () => (await town.inbox('赵文斌')).some((m) => m.title === '活动取消通知'))
  const zhao = await town.as('赵文斌')
  await zhao.goTo('/me/registrations')
  await link(zhao, /社区讲座.*活动已取消/s).click()
  await says(zhao, '活动已取消：场地原因')
  await town.shot(zhao, '37-called-off')
  await zhao.context().close()
})

const held = (picture) => {
  const png = PNG.sync.read(picture)
  return jsQR(new Uint8ClampedArray(png.data), png.width, png.height)?.data
}

step('6 the check-in code', async () => {
  registration = (await wang.api('/me/registrations')).items.find((r) => r.activity_id === activity.id)
  assert.match(registration.code_url, /^https?:\/\/[^/]+\/c\/[\w-]{22,}$/)
  await wang.goTo('/me')
  await says(wang, '果树冬剪现场培训')
  await town.shot(wang, '38-me-today')
  await town.forReadme(wang, 'me')
  await link(wang, /我的活动/).click()
  await says(wang, '果树冬剪现场培训')
  await town.shot(wang, '39-own')
  await link(wang, /果树冬剪现场培训/).click()
  const picture = wang.getByAltText('签到二维码')
  await picture.waitFor()
  await town.shot(wang, '40-code', { letters: true })
  assert.equal(held(await picture.screenshot()), registration.code_url, 'the screen shows it readable')
  await until('the picture can be kept', async () => (await picture.getAttribute('src')).startsWith('data:'))
  const saved = Buffer.from((await picture.getAttribute('src')).split(',')[1], 'base64')
  assert.equal(held(saved), registration.code_url, 'the picture that is saved holds the code')

  await until('the app is kept on the phone', () => wang.evaluate(async () => (await navigator.serviceWorker.ready) && navigator.serviceWorker.controller !== null))
  await wang.context().setOffline(true)
  assert.equal(held(await picture.screenshot()), registration.code_url, 'still there without a network')
  await wang.reload()
  await picture.waitFor()
  assert.equal(held(await picture.screenshot()), registration.code_url, 'once opened, it needs no network')
  await says(wang, /网络不好/)
  await town.shot(wang, '41-code-offline', { letters: true })
  await wang.context().setOffline(false)
})

const scans = {
  // typed checks in by the last resort. The same code right after is the same scan.
  async typed(page, code) {
    await page.getByLabel(/签到码（/).fill(code)
    await button(page, '签到').click()
  },
  result: (page, state) => page.locator(`[data-result=${state}]`).waitFor(),
  async open(page, path) {
    await page.goTo(path)
    await page.getByText('扫不了码').click()
  },
}
const checkedIn = async () => (await wang.api('/registrations/' + registration.id)).checked_in_at

step('7 opening the code checks nobody in', async () => {
  const path = new URL(registration.code_url).pathname
  await newcomer.goTo(path)
  await says(newcomer, '请出示给组织者')
  assert.equal(await button(newcomer, '签到').count(), 0)
  await town.shot(newcomer, '42-code-opened-by-another')
  await organizer.goTo(path)
  await button(organizer, '签到').waitFor()
  await town.shot(organizer, '43-code-opened-by-organiser')
  for (const page of [newcomer, organizer]) assert.ok((await page.context().request.get(registration.code_url)).ok())
  assert.equal(await checkedIn(), undefined)
  await tapTwice(organizer, button(organizer, '签到'), { answer: (response) => response.url().endsWith('/check-ins') })
  await organizer.waitForTimeout(500)
  await town.hold('a double tap on 签到 checks in', async () => assert.ok(await checkedIn(), 'it was undone by the second tap'))
  if (!await checkedIn()) await button(organizer, '签到').click()
  await says(organizer, '签到成功')
  await town.shot(organizer, '44-checked-in-by-link')
  await county.goTo(path)
  await says(county, /已于 \d+:\d\d 签到（陈\*）/)
  await town.shot(county, '45-checked-in-before')
  await button(organizer, '撤销').click()
  await button(organizer, '签到').waitFor()
  assert.equal(await checkedIn(), undefined)
})

step('7b the scan page says what is wrong with a code', async () => {
  const { typed, result, open } = scans
  await organizer.goTo('/desk')
  await organizer.locator('.cell', { hasText: '果树冬剪现场培训' }).getByRole('button', { name: '扫码签到' }).click()
  await organizer.getByText('扫不了码').click()
  await typed(organizer, 'hello')
  await says(organizer, /不是签到码/)
  const theirs = (await sun.api('/me/registrations')).items
  await typed(organizer, theirs.find((r) => r.activity_title.startsWith('茶园')).code_url)
  await says(organizer, /茶园病虫害防治现场指导”的签到码/)
  await town.shot(organizer, '46-wrong-activity')
  await typed(organizer, cancelledCode)
  await says(organizer, '该志愿者已取消报名')
  await town.shot(organizer, '47-cancelled')

  const own = (await wang.api('/me/registrations')).items
  const codeOf = async (title) => (await wang.api('/registrations/' + own.find((r) => r.activity_title.startsWith(title)).id)).code_url
  await open(organizer, '/desk/scan')
  await typed(organizer, await codeOf('果树春剪'))
  await says(organizer, /还没到签到时间，.*开始签到/)
  await town.shot(organizer, '48-too-early')
  // The same again when it is over, which the demo's clock does not get to by itself.
  const ago = (hours) => new Date(Date.now() - hours * 3600_000).toISOString()
  const { title, type, organization_id, place, address, capacity, description, bring, contact, version } = await organizer.api('/activities/' + nextWeek.id)
  const moved = await organizer.context().request.put(`${town.app}/api/v1/activities/${nextWeek.id}`, {
    data: {
      title, type, organization_id, place, address, capacity, description, bring, contact, version,
      signup_opens_at: ago(8), signup_closes_at: ago(7), starts_at: ago(6), ends_at: ago(3),
    },
  })
  assert.ok(moved.ok(), await moved.text())
  await typed(organizer, registration.code_url.replace(/\/c\/.*/, '/c/junk'))
  await says(organizer, /不是签到码/)
  await typed(organizer, await codeOf('果树春剪'))
  await says(organizer, /签到时间已过/)
  await result(organizer, 'refused')
  await town.shot(organizer, '49-too-late')
})

step('7c the organiser checks in by typing', async () => {
  const { typed, result, open } = scans
  const code = registration.code_url.split('/c/')[1]
  await open(organizer, '/desk/scan/' + activity.id)
  await typed(organizer, code)
  await result(organizer, 'checked_in')
  assert.match(await organizer.locator('[data-result]').innerText(), /^王\*\s+签到成功/, 'the name is masked')
  await town.shot(organizer, '50-checked-in')
  await open(county, '/desk/scan/' + activity.id)
  await typed(county, code)
  await result(county, 'already')
  assert.match(await county.locator('[data-result]').innerText(), /王\*\s+已于 \d+:\d\d 签到（陈\*）/)
  await town.shot(county, '51-already')
  await organizer.locator('[data-result]').getByRole('button', { name: '撤销' }).click() // one tap
  await result(organizer, 'undone')
  assert.equal(await checkedIn(), undefined)
  await town.shot(organizer, '52-undone')

  await organizer.context().setOffline(true)
  await typed(organizer, code)
  await result(organizer, 'queued')
  await says(organizer, '网络不好，已排队，联网后自动上传')
  await town.shot(organizer, '53-queued')
  await organizer.context().setOffline(false)
  await until('the queued scan is uploaded', checkedIn)
  await result(organizer, 'checked_in')
  await town.shot(organizer, '54-uploaded')
  await wang.goTo('/registrations/' + registration.id)
  await says(wang, /已签到 \d+年/)
  await town.shot(wang, '55-code-used', { letters: true })
})

step('7d a scan that waits survives a closed page', async () => {
  const { typed, result, open } = scans
  const theirs = (await sun.api('/me/registrations')).items.find((r) => r.activity_title.startsWith('茶园'))
  const page = await organizer.another()
  await open(page, '/desk/scan/' + theirs.activity_id)
  await page.context().setOffline(true)
  await typed(page, theirs.code_url)
  await result(page, 'queued')
  await page.close()
  await organizer.goto('about:blank')
  await organizer.context().setOffline(false)
  await organizer.goTo('/desk')
  await until('it is uploaded from the desk', async () => (await sun.api('/registrations/' + theirs.id)).checked_in_at)
})

step('7e the camera scans by itself', async () => {
  const mine = (await sun.api('/me/registrations')).items.find((r) => r.activity_id === activity.id)
  const png = await (await sun.context().request.get(`${town.app}/api/v1/registrations/${mine.id}/code.png`)).body()
  assert.equal(held(png), mine.code_url)
  const film = await town.browser.newPage({ viewport: { width: 640, height: 480 } })
  const frames = []
  for (const inside of ['', `<img style="width:260px;margin:110px 190px" src="data:image/png;base64,${png.toString('base64')}">`]) {
    await film.setContent('<body style="margin:0;background:#bbb">' + inside)
    frames.push(await film.screenshot({ type: 'jpeg', quality: 90 }))
  }
  await film.close()
  writeFileSync('shots/camera.mjpeg', Buffer.concat([...Array(20).fill(frames[0]), ...Array(40).fill(frames[1])]))
  const withCamera = await town.launch(`--use-file-for-fake-video-capture=${process.cwd()}/shots/camera.mjpeg`)
  const page = await town.as('陈建国', { from: withCamera })
  await page.goTo('/desk/scan/' + activity.id)
  await page.locator('[data-result=checked_in]').waitFor({ timeout: 30000 })
  assert.match(await page.locator('[data-result]').innerText(), /^孙\*\s+签到成功/)
  await town.shot(page, '56-camera')
  await town.forReadme(page, 'scan')
  await withCamera.close()
  await organizer.goTo(`/desk/activities/${activity.id}`)
  await says(organizer, '已签到 2 人')
  await town.shot(organizer, '57-roster-after')
})

test('the pages on the way were as they should be', () => town.noFaults())
