import { describe, expect, it } from 'vitest'
import type { Activity } from '@/api/types'
import { checkActivity, likeActivity, newActivity } from './form'

const now = Date.parse('2026-05-01T20:00:00+08:00') // a Friday

describe('a new activity', () => {
  it('is next Saturday morning, open to sign up from now', () => {
    expect(newActivity(now)).toMatchObject({
      starts_at: '2026-05-02T09:00:00+08:00', ends_at: '2026-05-02T11:00:00+08:00',
      signup_opens_at: '2026-05-01T20:00:00+08:00', signup_closes_at: '2026-05-02T09:00:00+08:00',
    })
    expect(newActivity(Date.parse('2026-05-02T08:00:00+08:00')).starts_at).toBe('2026-05-09T09:00:00+08:00')
  })

  it('like an earlier one is on the next same weekday and hour', () => {
    const earlier = {
      title: '义诊', starts_at: '2026-03-04T09:00:00+08:00', ends_at: '2026-03-04T12:00:00+08:00',
      signup_opens_at: '2026-02-01T00:00:00+08:00', signup_closes_at: '2026-03-03T18:00:00+08:00', version: 7,
    } as Activity
    const form = likeActivity(earlier, now)
    expect(form).toMatchObject({
      title: '义诊', starts_at: '2026-05-06T09:00:00+08:00', ends_at: '2026-05-06T12:00:00+08:00',
      signup_opens_at: '2026-05-01T20:00:00+08:00', signup_closes_at: '2026-05-05T18:00:00+08:00',
    })
    expect(form.version).toBeUndefined()
  })

  it('says what is wrong with it', () => {
    const form = { ...newActivity(now), title: '义', ends_at: '2026-05-02T09:00:00+08:00', capacity: 0 }
    expect(checkActivity(form, now)).toEqual({
      title: '请填写活动名称，至少 2 个字', type: '请选择活动类型', organization_id: '请选择主办组织', place: '请填写地点，至少 2 个字',
      ends_at: '结束时间要晚于开始时间', capacity: '名额请填 1 到 5000 的整数',
    })
  })
})
