import { describe, expect, it } from 'vitest'
import { clock, countdown, dayInWords, fromInput, fullRange, fullTime, timeInWords, today, toInput } from './words'

// Friday the first of May 2026, 20:00 in China.
const now = Date.parse('2026-05-01T20:00:00+08:00')

describe('times in words', () => {
  it('are those of China, whatever the offset they come with', () => {
    expect(fullTime('2026-05-01T14:00:00+08:00')).toBe('2026年5月1日 周五 14:00')
    expect(fullTime('2026-05-01T06:00:00Z')).toBe('2026年5月1日 周五 14:00')
    expect(fullTime('2026-04-30T17:05:00Z')).toBe('2026年5月1日 周五 1:05')
    expect(clock('2026-05-01T09:02:00+08:00')).toBe('9:02')
    expect(today(Date.parse('2026-04-30T16:00:00Z'))).toBe('2026-05-01')
  })

  it('name the second day of a range only when it is another', () => {
    expect(fullRange('2026-05-01T14:00:00+08:00', '2026-05-01T16:00:00+08:00')).toBe('2026年5月1日 周五 14:00–16:00')
    expect(fullRange('2026-05-01T14:00:00+08:00', '2026-05-02T16:00:00+08:00')).toBe('2026年5月1日 周五 14:00–2026年5月2日 周六 16:00')
  })

  it.each([
    ['2026-04-30T08:00:00+08:00', '昨天 周四'],
    ['2026-05-01T00:00:00+08:00', '今天 周五'],
    ['2026-05-02T00:00:00+08:00', '明天 周六'],
    ['2026-05-03T23:59:00+08:00', '后天 周日'],
    ['2026-05-04T00:00:00+08:00', '5月4日 周一'],
    ['2027-05-09T00:00:00+08:00', '2027年5月9日 周日'],
  ])('%s is %s', (time, want) => expect(dayInWords(time, now)).toBe(want))

  it('turns the day at midnight in China', () => {
    expect(timeInWords('2026-05-02T14:00:00+08:00', Date.parse('2026-05-01T15:59:59Z'))).toBe('明天 周六 14:00')
    expect(timeInWords('2026-05-02T14:00:00+08:00', Date.parse('2026-05-01T16:00:00Z'))).toBe('今天 周六 14:00')
  })

  it('goes into a date field and comes back', () => {
    expect(toInput('2026-05-01T06:00:00Z')).toBe('2026-05-01T14:00')
    expect(fromInput('2026-05-01T14:00')).toBe('2026-05-01T14:00:00+08:00')
    expect(fromInput('')).toBe('')
  })

  it('counts down', () => {
    expect([countdown(45_000), countdown(61_000), countdown(-5)]).toEqual(['45 秒', '1 分 01 秒', '0 秒'])
  })
})
