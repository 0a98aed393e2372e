import type { Role } from '@/api/types'

const words: Record<Role, string> = { platform_admin: '平台管理员', admin: '管理员', organizer: '组织者' }

export function roleInWords(role: Role): string {
  return words[role]
}
