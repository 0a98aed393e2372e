import type { Activity } from '@/api/types'
import { clock, dayInWords, timeInWords } from '@/time/words'

// whenInWords is 明天 周六 14:00–16:00.
export function whenInWords(starts: string, ends: string, now: number = Date.now()): string {
  const from = timeInWords(starts, now)
  return dayInWords(starts, now) === dayInWords(ends, now) ? `${from}–${clock(ends)}` : `${from} 至 ${timeInWords(ends, now)}`
}

export interface Standing {
  text: string
  tone: 'green' | 'red' | 'amber' | ''
}

// seatsInWords tells whether one can sign up, and for how many seats.
export function seatsInWords(a: Activity, now: number = Date.now()): Standing {
  switch (a.signup) {
    case 'open':
      return { text: `剩 ${Math.max(0, a.capacity - a.taken)} 个名额`, tone: 'green' }
    case 'full':
      return { text: '名额已满', tone: 'amber' }
    case 'not_yet':
      return { text: `${timeInWords(a.signup_opens_at, now)} 开始报名`, tone: '' }
    case 'closed':
      return { text: '报名已截止', tone: '' }
    case 'ended':
      return { text: '已结束', tone: '' }
    case 'cancelled':
      return { text: '活动已取消', tone: 'red' }
    case 'draft':
      return { text: '草稿，未发布', tone: 'amber' }
  }
}

// mineInWords is my own part in it, or nothing.
export function mineInWords(a: Activity): string {
  if (a.mine?.state !== 'confirmed' || a.state === 'cancelled') return ''
  return a.mine.checked_in_at ? '已签到' : '已报名'
}
