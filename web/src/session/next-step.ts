import type { Me } from '@/api/types'

export interface NextStep {
  // My state in one line.
  state: string
  // What to do next, as a button.
  button: string
  to: string
  // Nothing to do but wait.
  waiting?: boolean
}

// nextStep tells how far someone has come on the way in (requirements.md W1–W3) and
// what comes next.
export function nextStep(me: Me): NextStep {
  switch (me.volunteer_state) {
    case undefined:
      return { state: '您还没有注册成为科技志愿者', button: '去注册', to: '/register' }
    case 'pending':
      return { state: '注册已提交，正在审核', button: '审核中', to: '/me/profile', waiting: true }
    case 'rejected':
      return { state: '注册未通过，请修改后重新提交', button: '去修改', to: '/register' }
    case 'approved':
      return { state: '审核已通过，激活后即可报名', button: '去激活', to: '/activate' }
    case 'active': {
      const today = me.today?.[0]
      if (today) return { state: '科技志愿者（已激活）', button: '今天的签到码', to: `/registrations/${today.id}` }
      return { state: '科技志愿者（已激活）', button: '去报名活动', to: '/activities' }
    }
  }
}
