import { describe, expect, it } from 'vitest'
import { check, cleaned, emptyForm, filledForm, labels, screens, type Field } from './form'

const today = '2026-11-28'
const whole = () => ({
  ...emptyForm(),
  name: '张小雨', sex: '男', birth_date: '1990-05-01', photo_id: 'p', ethnicity: '汉族', education: '大专', occupation: '教师', expertise: '物理',
  employer: '临江中学', national_id: '330699199005010032', postcode: '311800', address: '临江县人民路 1 号', phone: '13812345678',
  email: 'a@example.com', service_items: ['讲座'], service_times: ['假日'], organization_id: 'o',
})

describe('the registration form', () => {
  it('asks for every field on one screen', () => {
    expect([...screens.flat()].sort()).toEqual(Object.keys(labels).sort())
  })

  it('finds nothing wrong with a whole form', () => {
    for (const field of Object.keys(labels) as Field[]) expect([field, check(field, whole(), today)]).toEqual([field, ''])
  })

  it.each([
    ['name', '', '请填写姓名'],
    ['name', '张', '姓名太短，请填写完整'],
    ['name', '张3', '姓名只能是汉字或字母'],
    ['name', '阿依古丽·买买提', ''],
    ['national_id', '', '请填写身份证号码'],
    ['national_id', '330699201305010018', '未满十四周岁的，请由监护人到所属科协办理'],
    ['sex', '女', '性别与身份证号码不一致'],
    ['birth_date', '1990-05-02', '出生年月与身份证号码不一致'],
    ['phone', '12812345678', '请填写 11 位手机号码'],
    ['phone', '+86 138-1234-5678', ''],
    ['postcode', '31180', '邮政编码是 6 位数字'],
    ['email', 'a@example', '电子信箱格式不对，例如 name@example.com'],
    ['address', '人民路', '通讯地址太短，请填写完整'],
    ['talents', '', ''],
    ['talents', '好'.repeat(201), '个人特长太长，请精简到 200 字以内'],
    ['title', '', ''],
    ['service_items', [], '请至少选择一个服务项目'],
    ['organization_id', '', '请选择要加入的科协或志愿队'],
  ] as [Field, never, string][])('%s: %.12s', (field, value, want) => {
    expect(check(field, { ...whole(), [field]: value }, today)).toBe(want)
  })

  it('asks for the recommending unit of those whom one recommends', () => {
    expect(check('recommender', { ...whole(), way_in: '单位推荐' }, today)).toBe('请填写推荐单位')
    expect(check('recommender', { ...whole(), way_in: '个人自荐' }, today)).toBe('')
  })

  it('sends what the server takes', () => {
    const sent = cleaned({ ...whole(), name: ' 张小雨 ', national_id: '11010519491231002x', phone: '138 1234-5678', recommender: '某单位' })
    expect(sent).toMatchObject({ name: '张小雨', national_id: '11010519491231002X', phone: '13812345678', recommender: '' })
  })

  it('takes from a draft only what has its shape', () => {
    const form = filledForm({ name: '张', service_items: '讲座', nonsense: 1, version: 3 } as never)
    expect(form).toEqual({ ...emptyForm(), name: '张', version: 3 })
  })
})
