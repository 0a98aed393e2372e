import type { VolunteerForm } from '@/api/types'
import { parseNationalId } from './national-id'

export type Field = Exclude<keyof VolunteerForm, 'version'>

// The labels are the associations' own (requirements.md F1–F3).
export const labels: Record<Field, string> = {
  name: '姓名',
  sex: '性别',
  birth_date: '出生年月',
  photo_id: '照片',
  ethnicity: '民族',
  education: '文化程度',
  occupation: '职业',
  talents: '个人特长',
  expertise: '业务专长',
  employer: '单位及职务',
  title: '职称或技术资格',
  national_id: '身份证号码',
  postcode: '邮政编码',
  address: '通讯地址',
  phone: '联系电话',
  email: '电子信箱',
  service_items: '服务项目',
  service_times: '服务时间',
  way_in: '参加方式',
  recommender: '推荐单位',
  organization_id: '加入的组织',
}

// Which screen asks for which fields, in the order in which they stand.
export const screens: Field[][] = [
  ['organization_id', 'way_in', 'recommender'],
  [
    'name', 'national_id', 'sex', 'birth_date', 'photo_id', 'ethnicity', 'education', 'occupation', 'employer', 'title',
    'expertise', 'talents', 'phone', 'email', 'postcode', 'address',
  ],
  ['service_items', 'service_times'],
]

export const optional = new Set<Field>(['talents', 'title'])

export function emptyForm(): VolunteerForm {
  return {
    name: '', sex: '', birth_date: '', photo_id: '', ethnicity: '', education: '', occupation: '', talents: '', expertise: '',
    employer: '', title: '', national_id: '', postcode: '', address: '', phone: '', email: '', service_items: [],
    service_times: [], way_in: '个人自荐', recommender: '', organization_id: '',
  }
}

// filledForm takes from a draft what has the form's shape, and nothing else.
export function filledForm(draft: Partial<VolunteerForm>): VolunteerForm {
  const form: Record<string, unknown> = { ...emptyForm() }
  for (const [name, value] of Object.entries(draft)) {
    if (name === 'version' ? typeof value === 'number' : typeof value === typeof form[name] && Array.isArray(value) === Array.isArray(form[name])) {
      form[name] = value
    }
  }
  return form as unknown as VolunteerForm
}

const lengths: Partial<Record<Field, [min: number, max: number]>> = {
  name: [2, 30],
  occupation: [1, 30],
  talents: [0, 200],
  expertise: [1, 200],
  employer: [2, 80],
  title: [0, 80],
  address: [5, 120],
}

const chosen: Partial<Record<Field, string>> = {
  sex: '请选择性别',
  birth_date: '请选择出生年月',
  photo_id: '请上传本人照片',
  ethnicity: '请选择民族',
  education: '请选择文化程度',
  way_in: '请选择单位推荐或个人自荐',
  organization_id: '请选择要加入的科协或志愿队',
  service_items: '请至少选择一个服务项目',
  service_times: '请至少选择一个服务时间',
}

// check says what is wrong with one field in a sentence, or nothing. `today` is the
// day in Shanghai, as 2006-01-02.
export function check(field: Field, form: VolunteerForm, today: string): string {
  const value = form[field]
  if (field in chosen && value.length === 0) return chosen[field]!
  const text = typeof value === 'string' ? value.trim() : ''
  const range = lengths[field]
  if (range) {
    const count = [...text].length
    if (count === 0 && range[0] > 0) return `请填写${labels[field]}`
    if (count < range[0]) return `${labels[field]}太短，请填写完整`
    if (count > range[1]) return `${labels[field]}太长，请精简到 ${range[1]} 字以内`
  }
  switch (field) {
    case 'name':
      return /^[\p{L}· .]+$/u.test(text) ? '' : '姓名只能是汉字或字母'
    case 'recommender':
      return form.way_in === '单位推荐' && ([...text].length < 2 || [...text].length > 80) ? '请填写推荐单位' : ''
    case 'national_id':
      return checkNationalId(text, today)
    case 'sex':
    case 'birth_date':
      return checkAgrees(field, form, today)
    case 'phone':
      return /^1[3-9]\d{9}$/.test(text.replace(/[\s-]|^\+86/g, '')) ? '' : '请填写 11 位手机号码'
    case 'email':
      return /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text) && text.length <= 100 ? '' : '电子信箱格式不对，例如 name@example.com'
    case 'postcode':
      return /^\d{6}$/.test(text) ? '' : '邮政编码是 6 位数字'
    default:
      return ''
  }
}

function checkNationalId(text: string, today: string): string {
  const id = parseNationalId(text, today)
  if (typeof id === 'string') return text === '' ? '请填写身份证号码' : id
  const fourteenth = `${Number(id.birthDate.slice(0, 4)) + 14}${id.birthDate.slice(4)}`
  return fourteenth > today ? '未满十四周岁的，请由监护人到所属科协办理' : ''
}

function checkAgrees(field: 'sex' | 'birth_date', form: VolunteerForm, today: string): string {
  const id = parseNationalId(form.national_id, today)
  if (typeof id === 'string') return ''
  if (field === 'sex') return form.sex === id.sex ? '' : '性别与身份证号码不一致'
  return form.birth_date === id.birthDate ? '' : '出生年月与身份证号码不一致'
}

// cleaned is the form as it is sent.
export function cleaned(form: VolunteerForm): VolunteerForm {
  const out = { ...form }
  for (const field of Object.keys(labels) as Field[]) {
    const value = out[field]
    if (typeof value === 'string') (out as Record<string, unknown>)[field] = value.trim()
  }
  out.national_id = out.national_id.replace(/\s/g, '').toUpperCase()
  out.phone = out.phone.replace(/[\s-]|^\+86/g, '')
  if (out.way_in !== '单位推荐') out.recommender = ''
  return out
}
