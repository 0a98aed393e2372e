import { showConfirmDialog, showDialog } from 'vant'

export interface Question {
  title: string
  message?: string
  yes: string
  no?: string
}

export function confirmDialog(question: Question): Promise<boolean> {
  return showConfirmDialog({
    title: question.title,
    message: question.message,
    confirmButtonText: question.yes,
    cancelButtonText: question.no ?? '取消',
    closeOnPopstate: true,
  }).then(
    () => true,
    () => false,
  )
}

export async function noteDialog(title: string, message: string): Promise<void> {
  await showDialog({ title, message, confirmButtonText: '知道了', closeOnPopstate: true })
}
