import type { components } from './schema'

type Schemas = components['schemas']

export type Activity = Schemas['Activity']
export type ActivityForm = Schemas['ActivityForm']
export type CheckIn = Schemas['CheckIn']
export type CheckInCode = Schemas['CheckInCode']
export type Choices = Schemas['Choices']
export type Me = Schemas['Me']
export type Notice = Schemas['Notice']
export type Organization = Schemas['Organization']
export type OwnVolunteer = Schemas['OwnVolunteer']
export type Privacy = Schemas['Privacy']
export type Registration = Schemas['Registration']
export type Role = Schemas['Role']
export type RosterRow = Schemas['RosterRow']
export type Volunteer = Schemas['Volunteer']
export type VolunteerForm = Schemas['VolunteerForm']
export type VolunteerRow = Schemas['VolunteerRow']
export type VolunteerState = Schemas['VolunteerState']

// A page of a list: `next` is the cursor of the page after it.
export interface Page<T> {
  items: T[]
  next?: string
}
