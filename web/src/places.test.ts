import { expect, it } from 'vitest'
import { parentOf } from './places'

it.each([
  ['/activities', undefined],
  ['/me', undefined],
  ['/desk', undefined],
  ['/activities/a', '/activities'],
  ['/registrations/r', '/me/registrations'],
  ['/me/notices', '/me'],
  ['/register', '/me'],
  ['/desk/volunteers', '/desk'],
  ['/desk/volunteers/v', '/desk/volunteers?state=pending'],
  ['/desk/activities/a/edit', '/desk/activities/a'],
  ['/desk/activities/new', '/desk/activities'],
  ['/desk/scan', '/desk'],
  ['/desk/scan/a', '/desk/activities/a'],
  ['/c/t', '/me'],
])('the parent of %s is %s', (path, want) => expect(parentOf(path)).toBe(want))
