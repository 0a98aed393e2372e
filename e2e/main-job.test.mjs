// The main job, from registering to the scan, as the people of the demo town do it.
// Steps build on each other and run in their order.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import jsQR from 'jsqr'
import { PNG } from 'pngjs'
import { nationalId, portrait, startTown, until } from './town.mjs'

let town, newcomer, county, city, organizer
let activity // that 陈建国 publishes
let registration // of 小雨 for it

before(async () => {
  town = await startTown()
  newcomer = await town.as('小雨')
  county = await town.as('周敏')
  city = await town.as('林海')
  organizer = await town.as('陈建国')
})
after(async () => {
  await town?.stop()
  assert.deepEqual(town.faults, [], 'faults that the pages showed on the way')
})

// step is a test that does not try to go on after an earlier step has failed.
let broken = false
function step(name, walk) {
  test(name, async () => {
    assert.ok(!broken, 'an earlier step failed')
    broken = true
    await walk()
    broken = false
  })
}

const button = (page, name, exact = true) => page.getByRole('button', { name, exact })

async function fillPerson(page, id) {
  await page.getByLabel('姓名').fill('张小雨')
  await page.getByLabel('身份证号码').fill(id)
  await page.getByLabel('民族').selectOption('汉族')
  await page.getByLabel('文化程度').selectOption('大学本科')
  await page.getByLabel('职业').fill('教师')
  await page.getByLabel('单位及职务').fill('临江中学教师')
  await page.getByLabel('业务专长').fill('物理实验')
  await page.getByLabel('联系电话').fill('13812345678')
  await page.getByLabel('电子信箱').fill('xiaoyu@example.com')
  await page.getByLabel('邮政编码').fill('311800')
  await page.getByLabel('通讯地址').fill('临江县人民路 1 号')
}

step('0 the sandbox lets one pick who one is', async () => {
  const page = await town.as(null)
  await page.goTo(town.sandbox)
  await town.shot(page, '00-sandbox')
  await page.goTo(`${town.sandbox}/as/${town.openid('王晓兰')}?to=/me`)
  await page.getByText('王晓兰').first().waitFor()
  assert.ok(page.url().startsWith(town.app), page.url())
  await page.context().close()
})

step('1 a newcomer registers', async () => {
  const page = newcomer
  await page.goTo('/me')
  await button(page, '去注册').waitFor()
  await town.shot(page, '01-me-new')
  await button(page, '去注册').click()
  await button(page, '下一步').click()
  await page.getByText('请先阅读并勾选上面两项同意').waitFor()
  await town.shot(page, '02-consent-missing')
  await page.getByLabel(/我已阅读并同意/).check()
  await page.getByLabel(/我单独同意/).check()
  await page.locator('#organization_id').click()
  await page.getByLabel('搜索组织名称').fill('白石')
  await page.getByRole('dialog').getByRole('button', { name: /白石镇分队/ }).click()
  await town.shot(page, '03-consent')
  await button(page, '下一步').click()

  await page.getByLabel('姓名').waitFor()
  const good = nationalId('19900501', '004')
  await page.getByLabel('身份证号码').fill(good.slice(0, 17) + (good[17] === '0' ? '1' : '0'))
  await page.getByLabel('联系电话').fill('123')
  await page.getByLabel('电子信箱').fill('junk')
  await page.getByLabel('邮政编码').fill('12')
  await button(page, '下一步').click()
  for (const field of ['name', 'national_id', 'phone', 'email', 'postcode', 'photo_id']) {
    assert.match(await page.locator(`#${field}-error`).textContent(), /[一-龥]{3,}/, `${field} says what is wrong`)
  }
  await town.shot(page, '04-person-wrong')
  await fillPerson(page, good)
  assert.equal(await page.locator('#birth_date').inputValue(), '1990-05-01', 'the number fills in the birth date')
  await page.getByLabel('照片').setInputFiles(await portrait(town.browser))
  await page.getByAltText('已上传的照片').waitFor()
  await town.shot(page, '05-person')

  await page.goto('about:blank') // the page is closed half-way
  await page.goTo('/register?step=2')
  assert.equal(await page.getByLabel('姓名').inputValue(), '张小雨', 'the draft is still there')
  await page.getByAltText('已上传的照片').waitFor()
  await button(page, '下一步').click()
  await page.getByLabel('讲座').check()
  await page.getByLabel('假日').check()
  await town.shot(page, '06-service')
  const submissions = []
  page.on('request', (request) => request.method() === 'PUT' && submissions.push(request.url()))
  await button(page, '提交').dblclick()
  await page.waitForURL('**/me/profile')
  await page.getByText(/审核中|待审核|等待审核/).first().waitFor()
  assert.equal(submissions.length, 1, 'a double tap submits once')
  await town.shot(page, '07-pending')
})

step('2 admins review on the phone', async () => {
  const me = await newcomer.api('/me')
  await county.goTo('/desk')
  await county.getByText('待审核').first().waitFor()
  await town.shot(county, '08-desk')
  await county.goTo('/desk/volunteers?state=pending')
  await county.getByText('张小雨').waitFor()
  const names = await county.locator('.cell').allInnerTexts()
  assert.match(names.at(-1), /张小雨/, 'the newest stands last: oldest first')
  await town.shot(county, '09-queue')

  await county.goTo(`/desk/volunteers/${me.id}`)
  await button(county, '不通过').waitFor()
  assert.match(await county.locator('body').innerText(), /3306\*{10}\d{3}[\dX][\s\S]*138\*{4}5678/, 'national id and phone are masked')
  await button(county, '不通过').click()
  await county.getByRole('button', { name: /照片不清楚/ }).click()
  await county.waitForURL((url) => !url.pathname.endsWith(me.id))
  await newcomer.goTo('/me')
  await button(newcomer, '去修改', false).click()
  await newcomer.getByText('照片不清楚').first().waitFor()
  await town.shot(newcomer, '10-rejected')
  await button(newcomer, '下一步').click()
  await newcomer.getByLabel('照片').setInputFiles(await portrait(town.browser))
  await newcomer.getByAltText('已上传的照片').waitFor()
  await button(newcomer, '下一步').click()
  await button(newcomer, '提交').click()
  await newcomer.waitForURL('**/me/profile')

  for (const admin of [county, city]) {
    await admin.goTo(`/desk/volunteers/${me.id}`)
    await button(admin, '通过').waitFor()
  }
  await button(county, '通过').click()
  await county.waitForURL((url) => !url.pathname.endsWith(me.id))
  await button(city, '不通过').click()
  await city.getByRole('button', { name: /照片不清楚/ }).click()
  await city.getByText(/已由周\*于.*处理/).first().waitFor()
  await town.shot(city, '11-decided-by-another')
  assert.equal((await newcomer.api('/me')).volunteer_state, 'approved', 'nothing was overwritten')
})

step('3 the result and the code arrive as template messages', async () => {
  const messages = await until('the code is in the inbox', async () => {
    const all = await town.inbox('小雨')
    return all.some((m) => m.title === '账号激活提醒') && all
  })
  assert.equal(messages.filter((m) => m.title === '志愿者审核通过通知').length, 1)
  const page = await town.as('小雨')
  await page.goTo(`${town.sandbox}/inbox/${town.openid('小雨')}`)
  await page.getByText('账号激活提醒').waitFor()
  await town.shot(page, '12-inbox')
  await page.context().close()
})

step('3b someone who does not follow is told what to do, and gets the message after following', async () => {
  const page = await town.as('阿杰')
  await page.goTo('/me')
  await page.getByText(/关注/).first().waitFor()
  const call = async (method, path, data, headers) => {
    const answer = await page.context().request.fetch(town.app + '/api/v1' + path, { method, data, headers })
    assert.ok(answer.ok(), `${method} ${path}: ${await answer.text()}`)
    return answer.status() === 204 ? null : answer.json()
  }
  const privacy = await call('GET', '/privacy')
  await call('POST', '/me/consents', { version: privacy.version, sensitive: true })
  const photo = await call('POST', '/photos', (await portrait(town.browser)).buffer, { 'Content-Type': 'image/jpeg' })
  const own = (await newcomer.api('/me/volunteer')).form
  delete own.version
  await call('PUT', '/me/volunteer', { ...own, name: '李杰', sex: '男', photo_id: photo.id, national_id: nationalId('19900501', '005'), phone: '13900000005' })
  const me = await call('GET', '/me')
  await county.goTo(`/desk/volunteers/${me.id}`)
  await button(county, '通过').click()
  await county.waitForURL((url) => !url.pathname.endsWith(me.id))
  await page.goTo('/activate')
  await page.getByText(/关注/).first().waitFor()
  await town.shot(page, '13-not-following')
  assert.equal((await town.inbox('阿杰')).filter((m) => m.channel === 'template').length, 0)
  await town.follow('阿杰')
  await until('the messages come after following', async () => (await town.inbox('阿杰')).filter((m) => m.channel === 'template').length === 2)
  await page.context().close()
})

step('4 the message opens the page, and the code activates', async () => {
  const message = (await town.inbox('小雨')).find((m) => m.title === '账号激活提醒')
  const code = message.lines.find((line) => line.label === '激活码').value
  await newcomer.goTo(message.url)
  await newcomer.getByLabel('激活码').fill(code === '000000' ? '000001' : '000000')
  await newcomer.getByText('还可以试 4 次').first().waitFor()
  await town.shot(newcomer, '14-wrong-code')
  await newcomer.getByLabel('激活码').fill(code)
  await newcomer.waitForURL('**/me')
  await town.shot(newcomer, '15-active')
})

step('5 an organiser publishes; volunteers sign up for the last seats', async () => {
  const page = organizer
  await page.goTo('/desk/activities/new')
  await page.getByLabel('活动名称').fill('果树冬剪现场培训')
  await page.getByLabel('活动类型').selectOption('科技培训')
  const china = (hours) => new Date(Date.now() + hours * 3600_000 + 8 * 3600_000).toISOString().slice(0, 16)
  await page.getByLabel('开始时间').fill(china(1))
  await page.getByLabel('结束时间').fill(china(3))
  await page.locator('#signup_opens_at').fill(china(-1))
  await page.locator('#signup_closes_at').fill(china(2))
  await page.getByLabel('地点', { exact: true }).fill('白石镇果园')
  await page.getByLabel('名额').fill('2')
  await page.locator('#bring').fill('剪刀、手套')
  await town.shot(page, '16-new-activity')
  await button(page, '发布').dblclick()
  await page.waitForURL(/desk\/activities\/01/)
  const found = (await page.api('/activities?q=' + encodeURIComponent('冬剪'))).items
  assert.equal(found.length, 1, 'a double tap publishes one activity')
  activity = found[0]
  await town.shot(page, '17-published')

  await newcomer.goTo('/activities')
  await newcomer.locator('.card').first().waitFor()
  await town.shot(newcomer, '18-activities')
  await town.forReadme(newcomer, 'activities')
  await newcomer.getByRole('searchbox').fill('冬剪')
  await newcomer.getByRole('searchbox').press('Enter')
  await newcomer.getByText('果树冬剪现场培训').first().waitFor()
  await newcomer.getByText('果树冬剪现场培训').first().click()
  await button(newcomer, '报名').waitFor()
  await town.shot(newcomer, '19-activity')
  await button(newcomer, '报名').dblclick()
  await newcomer.getByText('报名成功').first().waitFor()
  await town.shot(newcomer, '20-signed-up')
  assert.equal((await newcomer.api('/activities/' + activity.id)).taken, 1, 'a double tap takes one seat')

  const inactive = await town.as('李长根')
  await inactive.goTo('/activities/' + activity.id)
  await inactive.getByRole('button', { name: /激活|报名/ }).first().waitFor()
  await town.shot(inactive, '21-not-activated')
  const refused = await inactive.context().request.post(`${town.app}/api/v1/activities/${activity.id}/registration`)
  assert.equal((await refused.json()).error.message, '您的注册已通过审核，请先激活再报名')
  await inactive.context().close()

  const wang = await town.as('王晓兰')
  await wang.goTo('/activities/' + activity.id)
  await button(wang, '报名').click()
  await wang.getByText('报名成功').first().waitFor()
  const sun = await town.as('孙丽')
  await sun.goTo('/activities/' + activity.id)
  await sun.getByText(/名额已满|已满/).first().waitFor()
  await town.shot(sun, '22-full')

  await wang.goTo('/activities/' + activity.id)
  await button(wang, '取消报名').click()
  await wang.getByRole('dialog').getByRole('button', { name: /取消报名|确定/ }).last().click()
  await button(wang, '报名').waitFor()
  await sun.reload()
  await button(sun, '报名').click()
  await sun.getByText('报名成功').first().waitFor()
  assert.equal((await sun.api('/activities/' + activity.id)).taken, 2, 'the seat given back was taken again')
  await Promise.all([wang, sun].map((p) => p.context().close()))

  await page.goTo(`/desk/activities/${activity.id}`)
  await page.getByRole('link', { name: '修改' }).click()
  await page.getByLabel('详细地址').fill('白石镇上河村果园路 8 号')
  await button(page, '保存').click()
  await until('the volunteers are told of the new place', async () => (await town.inbox('小雨')).some((m) => m.title === '活动变更通知'))
})

step('6 the check-in code', async () => {
  registration = (await newcomer.api('/me/registrations')).items.find((r) => r.activity_id === activity.id)
  await newcomer.goTo('/me')
  await newcomer.getByText('果树冬剪现场培训').first().waitFor()
  await town.shot(newcomer, '23-me-today')
  await town.forReadme(newcomer, 'me')
  await newcomer.goTo('/registrations/' + registration.id)
  await newcomer.getByAltText('签到二维码').waitFor()
  await town.shot(newcomer, '24-code', { letters: true })
  assert.match(registration.code_url, /\/c\/[\w-]{22,}$/)
  const held = (picture) => {
    const png = PNG.sync.read(picture)
    return jsQR(new Uint8ClampedArray(png.data), png.width, png.height)?.data
  }
  const saved = await newcomer.context().request.get(`${town.app}/api/v1/registrations/${registration.id}/code.png`)
  assert.equal(held(await saved.body()), registration.code_url, 'the picture that is saved holds the code')
  assert.equal(held(await newcomer.getByAltText('签到二维码').screenshot()), registration.code_url, 'the screen shows it readable')
  await newcomer.context().setOffline(true)
  await newcomer.reload().catch(() => {})
  await newcomer.getByAltText('签到二维码').waitFor()
  assert.equal(held(await newcomer.getByAltText('签到二维码').screenshot()), registration.code_url, 'once opened, it needs no network')
  await newcomer.context().setOffline(false)
})

step('7 the organiser checks in', async () => {
  const path = new URL(registration.code_url).pathname
  const other = await town.as('王晓兰')
  await other.goTo(path)
  await other.getByText('请出示给组织者').waitFor()
  assert.equal(await button(other, '签到').count(), 0)
  await town.shot(other, '25-code-opened-by-another')
  await other.context().close()
  await organizer.goTo(path)
  await button(organizer, '签到').waitFor()
  await town.shot(organizer, '26-code-opened-by-organiser')
  assert.equal((await newcomer.api('/registrations/' + registration.id)).checked_in_at, undefined, 'opening checks nobody in')

  await organizer.goTo('/desk/scan/' + activity.id)
  await organizer.getByText('扫不了码').click()
  const typed = async (code) => {
    await organizer.getByLabel(/签到码（/).fill(code)
    await button(organizer, '签到').click()
  }
  const result = (state) => organizer.locator(`[data-result=${state}]`).waitFor()
  await typed('hello')
  await organizer.getByText(/不是签到码/).first().waitFor()
  const today = (await organizer.api('/activities?q=' + encodeURIComponent('茶园'))).items[0]
  const elsewhere = await town.as('孙丽')
  const theirs = (await elsewhere.api('/me/registrations')).items.find((r) => r.activity_id === today.id)
  await typed(theirs.code_url)
  await organizer.getByText(/茶园病虫害防治现场指导”的签到码/).first().waitFor()
  await town.shot(organizer, '27-wrong-activity')
  await elsewhere.context().close()

  await typed(registration.code_url)
  await result('checked_in')
  await town.shot(organizer, '28-checked-in')
  await organizer.waitForTimeout(3200) // the same code right after is the same scan
  await typed(registration.code_url)
  await result('already')
  assert.match(await organizer.locator('[data-result]').innerText(), /张\*[\s\S]*已于 \d+:\d\d 签到（陈\*）/)
  await town.shot(organizer, '29-already')
  await organizer.getByRole('button', { name: /^撤销张/ }).first().click()
  await until('the check-in is undone', async () => !(await newcomer.api('/registrations/' + registration.id)).checked_in_at)

  await organizer.context().setOffline(true)
  await organizer.waitForTimeout(3200)
  await typed(registration.code_url)
  await organizer.getByText(/已排队/).first().waitFor()
  await town.shot(organizer, '30-queued')
  await organizer.context().setOffline(false)
  await until('the queued scan is uploaded', async () => (await newcomer.api('/registrations/' + registration.id)).checked_in_at)
  await town.shot(organizer, '31-uploaded')
})

step('7b the camera scans by itself', async () => {
  const sun = await town.as('孙丽')
  const mine = (await sun.api('/me/registrations')).items.find((r) => r.activity_id === activity.id)
  const png = await (await sun.context().request.get(`${town.app}/api/v1/registrations/${mine.id}/code.png`)).body()
  await sun.context().close()
  const film = await town.browser.newPage({ viewport: { width: 640, height: 480 } })
  const frames = []
  for (const inside of ['', `<img style="width:260px;margin:110px 190px" src="data:image/png;base64,${png.toString('base64')}">`]) {
    await film.setContent('<body style="margin:0;background:#bbb">' + inside)
    frames.push(await film.screenshot({ type: 'jpeg', quality: 90 }))
  }
  await film.close()
  const { writeFileSync } = await import('node:fs')
  writeFileSync('shots/camera.mjpeg', Buffer.concat([...Array(20).fill(frames[0]), ...Array(40).fill(frames[1])]))
  const withCamera = await town.launch(`--use-file-for-fake-video-capture=${process.cwd()}/shots/camera.mjpeg`)
  const page = await town.as('陈建国', { from: withCamera })
  await page.goTo('/desk/scan/' + activity.id)
  await page.locator('[data-result=checked_in]').waitFor({ timeout: 30000 })
  await town.shot(page, '32-camera')
  await town.forReadme(page, 'scan')
  await withCamera.close()
})

step('8 an activity is called off', async () => {
  const lecture = (await organizer.api('/activities?q=' + encodeURIComponent('社区讲座'))).items[0]
  await organizer.goTo(`/desk/activities/${lecture.id}`)
  await button(organizer, '取消活动').click()
  await organizer.getByRole('button', { name: '场地原因' }).click()
  await organizer.getByText('活动已取消：场地原因').waitFor()
  await until('those signed up are told', async () => (await town.inbox('赵文斌')).some((m) => m.title === '活动取消通知'))
})
