import { get } from './client'
import type { Choices, Organization } from './types'

let choices: Promise<Choices> | undefined

// loadChoices gets the lists of the forms once; a failure is not kept.
export function loadChoices(): Promise<Choices> {
  choices ??= get('/choices').catch((error: unknown) => {
    choices = undefined
    throw error
  })
  return choices
}

// loadOrganizations gets the whole tree, parents before children.
export async function loadOrganizations(): Promise<Organization[]> {
  return (await get('/organizations')).items
}
