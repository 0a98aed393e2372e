// Every page in large type, in the dark, and on a PC.
import { after, before, test } from 'node:test'
import { pc, startTown } from './town.mjs'

let town, activity, applicant
before(async () => {
  town = await startTown()
  const admin = await town.as('周敏')
  activity = (await admin.api('/activities?q=' + encodeURIComponent('茶园'))).items[0].id
  applicant = (await admin.api('/volunteers?state=pending')).items[0].id
  await admin.context().close()
})
after(() => town?.stop())

const staff = () => [
  '/desk', '/desk/volunteers?state=pending', `/desk/volunteers/${applicant}`, '/desk/activities', `/desk/activities/${activity}`, '/desk/activities/new',
  `/desk/scan/${activity}`, '/desk/organizations', '/desk/invites',
]
const volunteer = (registration) => ['/activities', `/activities/${activity}`, '/me', '/me/registrations', '/me/notices', '/me/profile', `/registrations/${registration}`, '/privacy']

for (const [name, options, style] of [
  ['large', {}, 'html{font-size:200% !important}'],
  ['dark', { colorScheme: 'dark' }],
  ['pc', pc],
]) {
  test(name, { timeout: 120000 }, () => town.watched(async () => {
    const look = async (who, paths) => {
      const page = await town.as(who, options)
      if (style) {
        await page.addInitScript((text) => document.addEventListener('DOMContentLoaded', () => document.head.append(Object.assign(document.createElement('style'), { textContent: text }))), style)
      }
      const registration = (await page.api('/me/registrations')).items?.find((r) => r.activity_id === activity)?.id
      for (const path of paths(registration)) {
        await page.goTo(path)
        await page.waitForLoadState('networkidle')
        await town.shot(page, `80-${name}${path.replace(/0[0-9A-Z]{25}/, 'one').replace(/\W+/g, '-')}`, { letters: path.startsWith('/registrations') })
      }
      await page.context().close()
    }
    await Promise.all([look('周敏', staff), look('王晓兰', volunteer), look('小雨', () => ['/register', '/me'])])
  }))
}

test('the pages were as they should be', () => town.noFaults())
