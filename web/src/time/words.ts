// Times in the words of screens.md, always as clocks in China show them, whatever zone
// the device is set to. China has kept UTC+8 without summer time since 1992.
const offset = 8 * 3_600_000
const day = 86_400_000
const weekdays = ['周日', '周一', '周二', '周三', '周四', '周五', '周六']

function parts(time: string | number) {
  const shifted = new Date((typeof time === 'number' ? time : Date.parse(time)) + offset)
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    date: shifted.getUTCDate(),
    weekday: weekdays[shifted.getUTCDay()]!,
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    days: Math.floor(shifted.getTime() / day),
  }
}

const two = (n: number) => String(n).padStart(2, '0')

// clock is 14:00.
export function clock(time: string | number): string {
  const t = parts(time)
  return `${t.hour}:${two(t.minute)}`
}

// fullDate is 2026年5月1日 周五.
export function fullDate(time: string | number): string {
  const t = parts(time)
  return `${t.year}年${t.month}月${t.date}日 ${t.weekday}`
}

// fullTime is 2026年5月1日 周五 14:00.
export function fullTime(time: string | number): string {
  return `${fullDate(time)} ${clock(time)}`
}

// fullRange is 2026年5月1日 周五 14:00–16:00, with the second day when it is another.
export function fullRange(from: string, to: string): string {
  const sameDay = parts(from).days === parts(to).days
  return `${fullTime(from)}–${sameDay ? clock(to) : fullTime(to)}`
}

// dayInWords is 今天 周五, 明天 周六, 后天 周日, 5月9日 周六, 2027年5月9日 周日.
export function dayInWords(time: string | number, now: number = Date.now()): string {
  const t = parts(time)
  const today = parts(now)
  const near = ['昨天', '今天', '明天', '后天'][t.days - today.days + 1]
  if (near) return `${near} ${t.weekday}`
  const year = t.year === today.year ? '' : `${t.year}年`
  return `${year}${t.month}月${t.date}日 ${t.weekday}`
}

// timeInWords is 明天 周六 14:00.
export function timeInWords(time: string | number, now: number = Date.now()): string {
  return `${dayInWords(time, now)} ${clock(time)}`
}

// birthInWords turns 1990-05-01 into 1990年5月1日.
export function birthInWords(date: string): string {
  const [year, month, dayOfMonth] = date.split('-').map(Number)
  return year && month && dayOfMonth ? `${year}年${month}月${dayOfMonth}日` : ''
}

// today is the day in China as 2026-05-01.
export function today(now: number = Date.now()): string {
  const t = parts(now)
  return `${t.year}-${two(t.month)}-${two(t.date)}`
}

// toInput is the value of an <input type="datetime-local">: 2026-05-01T14:00.
export function toInput(time: string | number): string {
  const t = parts(time)
  return `${t.year}-${two(t.month)}-${two(t.date)}T${two(t.hour)}:${two(t.minute)}`
}

// fromInput is toInput backwards, as RFC 3339 with China's offset.
export function fromInput(value: string): string {
  return value === '' ? '' : `${value.slice(0, 16)}:00+08:00`
}

// countdown is 45 秒 or 2 分 05 秒.
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000))
  return seconds < 60 ? `${seconds} 秒` : `${Math.floor(seconds / 60)} 分 ${two(seconds % 60)} 秒`
}
