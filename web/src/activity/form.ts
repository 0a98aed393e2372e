import type { Activity, ActivityForm } from '@/api/types'
import { fromInput, toInput } from '@/time/words'

export type ActivityField = Exclude<keyof ActivityForm, 'version'>

export const activityLabels: Record<ActivityField, string> = {
  title: '活动名称',
  type: '活动类型',
  organization_id: '主办组织',
  place: '地点',
  address: '详细地址',
  starts_at: '开始时间',
  ends_at: '结束时间',
  signup_opens_at: '报名开始',
  signup_closes_at: '报名截止',
  capacity: '名额',
  description: '活动介绍',
  bring: '请携带',
  contact: '联系人',
}

const week = 7 * 86_400_000
const hour = 3_600_000

// newActivity is next Saturday, nine to eleven, for twenty people, with sign-up open
// from now until it begins.
export function newActivity(now: number): ActivityForm {
  const midnight = Date.parse(fromInput(toInput(now).slice(0, 10) + 'T00:00'))
  const weekday = new Date(midnight + 8 * hour).getUTCDay()
  const days = (6 - weekday + 7) % 7 || 7
  const starts = midnight + days * 24 * hour + 9 * hour
  return {
    title: '', type: '', organization_id: '', place: '', address: '', description: '', bring: '', contact: '',
    capacity: 20,
    starts_at: fromInput(toInput(starts)),
    ends_at: fromInput(toInput(starts + 2 * hour)),
    signup_opens_at: fromInput(toInput(now)),
    signup_closes_at: fromInput(toInput(starts)),
  }
}

// likeActivity copies an earlier one to the next date on the same weekday and hour.
export function likeActivity(earlier: Activity, now: number): ActivityForm {
  const form = formOf(earlier)
  delete form.version
  const weeks = Math.max(1, Math.ceil((now + 24 * hour - Date.parse(earlier.starts_at)) / week))
  const move = (time: string) => fromInput(toInput(Date.parse(time) + weeks * week))
  form.starts_at = move(earlier.starts_at)
  form.ends_at = move(earlier.ends_at)
  form.signup_closes_at = move(earlier.signup_closes_at)
  const opens = move(earlier.signup_opens_at)
  form.signup_opens_at = Date.parse(opens) < now ? fromInput(toInput(now)) : opens
  if (Date.parse(form.signup_closes_at) <= Date.parse(form.signup_opens_at)) form.signup_closes_at = form.starts_at
  return form
}

// formOf is an activity as it is edited.
export function formOf(a: Activity): ActivityForm {
  return {
    title: a.title, type: a.type, organization_id: a.organization_id, place: a.place, address: a.address, starts_at: a.starts_at,
    ends_at: a.ends_at, signup_opens_at: a.signup_opens_at, signup_closes_at: a.signup_closes_at, capacity: a.capacity,
    description: a.description, bring: a.bring, contact: a.contact, version: a.version,
  }
}

// checkActivity says what is wrong with which field.
export function checkActivity(form: ActivityForm, now: number): Partial<Record<ActivityField, string>> {
  const wrong: Partial<Record<ActivityField, string>> = {}
  if ([...form.title.trim()].length < 2) wrong.title = '请填写活动名称，至少 2 个字'
  if (!form.type) wrong.type = '请选择活动类型'
  if (!form.organization_id) wrong.organization_id = '请选择主办组织'
  if ([...form.place.trim()].length < 2) wrong.place = '请填写地点，至少 2 个字'
  const [starts, ends] = [Date.parse(form.starts_at), Date.parse(form.ends_at)]
  const [opens, closes] = [Date.parse(form.signup_opens_at), Date.parse(form.signup_closes_at)]
  if (Number.isNaN(starts)) wrong.starts_at = '请选择开始时间'
  else if (form.version === undefined && starts <= now) wrong.starts_at = '开始时间已经过了'
  if (Number.isNaN(ends)) wrong.ends_at = '请选择结束时间'
  else if (ends <= starts) wrong.ends_at = '结束时间要晚于开始时间'
  if (Number.isNaN(opens)) wrong.signup_opens_at = '请选择报名开始时间'
  if (Number.isNaN(closes)) wrong.signup_closes_at = '请选择报名截止时间'
  else if (closes <= opens) wrong.signup_closes_at = '报名截止要晚于报名开始'
  else if (closes > ends) wrong.signup_closes_at = '报名截止不能晚于活动结束'
  if (!Number.isInteger(form.capacity) || form.capacity < 1 || form.capacity > 5000) wrong.capacity = '名额请填 1 到 5000 的整数'
  return wrong
}
