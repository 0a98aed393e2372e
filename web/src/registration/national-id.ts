// A citizen identity number (公民身份号码), taken apart.
export interface NationalId {
  number: string
  birthDate: string
  sex: '男' | '女'
}

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const provinces = new Set(
  ('11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83').split(' '),
)

// parseNationalId checks a number by GB 11643-1999 (ISO 7064 MOD 11-2). What is wrong
// with it comes back as a sentence for the person.
export function parseNationalId(text: string, today: string): NationalId | string {
  const number = text.replace(/\s/g, '').toUpperCase()
  if (number.length !== 18) return '身份证号码应为 18 位'
  if (!/^\d{17}[\dX]$/.test(number)) return '身份证号码只能是数字，最后一位可以是 X'
  if (!provinces.has(number.slice(0, 2))) return '身份证号码的前两位不是有效的地区代码，请核对'
  const birthDate = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`
  if (!exists(birthDate) || birthDate < '1900-01-01' || birthDate > today) return '身份证号码中的出生日期不存在，请核对'
  const sum = weights.reduce((total, weight, at) => total + weight * Number(number[at]), 0)
  if ('10X98765432'[sum % 11] !== number[17]) return '身份证号码有误，请逐位核对'
  return { number, birthDate, sex: Number(number[16]) % 2 === 1 ? '男' : '女' }
}

function exists(day: string): boolean {
  const date = new Date(day + 'T00:00:00Z')
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}
