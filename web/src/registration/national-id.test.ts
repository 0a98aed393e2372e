import { describe, expect, it } from 'vitest'
import { parseNationalId } from './national-id'

const today = '2026-11-28'

describe('a national id by GB 11643', () => {
  it.each([
    ['11010519491231002X', { number: '11010519491231002X', birthDate: '1949-12-31', sex: '女' }],
    [' 440524 18800101 0014 ', '身份证号码中的出生日期不存在，请核对'],
    ['11010519491231002x', { number: '11010519491231002X', birthDate: '1949-12-31', sex: '女' }],
    ['330699199005010032', { number: '330699199005010032', birthDate: '1990-05-01', sex: '男' }],
    ['330699199005010033', '身份证号码有误，请逐位核对'],
    ['33069919900501003', '身份证号码应为 18 位'],
    ['3306991990050100A2', '身份证号码只能是数字，最后一位可以是 X'],
    ['33069919900501X032', '身份证号码只能是数字，最后一位可以是 X'],
    ['990699199005010032', '身份证号码的前两位不是有效的地区代码，请核对'],
    ['330699199002300032', '身份证号码中的出生日期不存在，请核对'],
    ['330699202611290032', '身份证号码中的出生日期不存在，请核对'],
    ['', '身份证号码应为 18 位'],
  ])('%s', (text, want) => {
    expect(parseNationalId(text, today)).toEqual(want)
  })

  it('knows the 29th of February in leap years alone', () => {
    expect(parseNationalId('330699200102290032', today)).toBe('身份证号码中的出生日期不存在，请核对')
    expect(parseNationalId('330699200002290032', today)).not.toBe('身份证号码中的出生日期不存在，请核对')
  })
})
