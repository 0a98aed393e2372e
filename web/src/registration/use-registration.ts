import { nextTick, reactive, ref, watch } from 'vue'
import { get, put, Refusal } from '@/api/client'
import type { OwnVolunteer, VolunteerForm } from '@/api/types'
import { loadChoices } from '@/api/forms'
import { session } from '@/session/session'
import { today } from '@/time/words'
import { clearDraft, loadDraft, saveDraft } from './draft'
import { check, cleaned, emptyForm, filledForm, screens, type Field } from './form'
import { parseNationalId } from './national-id'

export type Errors = Partial<Record<Field, string>>

// useRegistration holds the form while it is being filled in: the draft, what is wrong
// with which field, and the way to the server.
export function useRegistration() {
  const form = reactive<VolunteerForm>(emptyForm())
  const errors = reactive<Errors>({})
  const own = ref<OwnVolunteer>()
  let ready = false

  // load returns the choices of the form, with the form filled from a rejected
  // registration or from the draft.
  async function load() {
    const [choices, registered] = await Promise.all([loadChoices(), loadOwn()])
    own.value = registered
    if (registered?.state === 'rejected') Object.assign(form, registered.form, { version: registered.version })
    const draft = loadDraft(session.me!.id)
    if (draft && draft.version === form.version) Object.assign(form, filledForm(draft))
    await nextTick()
    ready = true
    return choices
  }

  watch(form, () => {
    if (ready) saveDraft(session.me!.id, form)
    for (const field of Object.keys(errors) as Field[]) {
      if (errors[field] && !check(field, form, today())) delete errors[field]
    }
  })

  watch(
    () => form.national_id,
    (number) => {
      const id = parseNationalId(number, today())
      if (typeof id === 'string') return
      form.birth_date = id.birthDate
      form.sex = id.sex
    },
  )

  function checkOne(field: Field): void {
    const wrong = check(field, form, today())
    if (wrong) errors[field] = wrong
    else delete errors[field]
  }

  // checkScreen returns the first field of a screen that is wrong.
  function checkScreen(screen: number): Field | undefined {
    screens[screen]!.forEach(checkOne)
    return screens[screen]!.find((field) => errors[field])
  }

  // submit returns the fields that the server refused, or throws its refusal.
  async function submit(): Promise<Field[]> {
    try {
      await put('/me/volunteer', { body: cleaned(form) })
      ready = false
      clearDraft(session.me!.id)
      return []
    } catch (refused) {
      if (!(refused instanceof Refusal)) throw refused
      const wrong = fieldsOf(refused)
      if (wrong.length === 0) throw refused
      for (const { field, message } of wrong) errors[field] = message
      return wrong.map(({ field }) => field)
    }
  }

  return { form, errors, own, load, checkOne, checkScreen, submit }
}

const taken: Record<string, Field> = { 'volunteer.national_id_taken': 'national_id', 'volunteer.phone_taken': 'phone' }

function fieldsOf(refused: Refusal): { field: Field; message: string }[] {
  const known = new Set<string>(screens.flat())
  const fields = refused.fields.filter(({ field }) => known.has(field)) as { field: Field; message: string }[]
  const field = taken[refused.reason]
  return field && fields.length === 0 ? [{ field, message: refused.message }] : fields
}

async function loadOwn(): Promise<OwnVolunteer | undefined> {
  if (!session.me!.volunteer_state) return undefined
  try {
    return await get('/me/volunteer')
  } catch (refused) {
    if (refused instanceof Refusal && refused.reason === 'volunteer.not_registered') return undefined
    throw refused
  }
}
