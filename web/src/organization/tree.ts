import type { Organization } from '@/api/types'

// OrganizationTree answers questions about the list of all organizations.
export class OrganizationTree {
  private readonly byId: Map<string, Organization>
  private readonly below = new Map<string, Organization[]>()

  constructor(readonly all: Organization[]) {
    this.byId = new Map(all.map((o) => [o.id, o]))
    for (const o of all) {
      const parent = o.parent_id && this.byId.has(o.parent_id) ? o.parent_id : ''
      this.below.set(parent, [...(this.below.get(parent) ?? []), o])
    }
  }

  get(id: string): Organization | undefined {
    return this.byId.get(id)
  }

  // Those directly below; without an id, the roots.
  children(id = ''): Organization[] {
    return this.below.get(id) ?? []
  }

  // From the root down to the organization itself.
  path(id: string): Organization[] {
    const path: Organization[] = []
    for (let o = this.byId.get(id); o && path.length < 20; o = o.parent_id ? this.byId.get(o.parent_id) : undefined) {
      path.unshift(o)
    }
    return path
  }

  // The names above it, to tell apart two of the same name.
  above(id: string): string {
    return this.path(id).slice(0, -1).map((o) => o.name).join(' › ')
  }

  search(words: string): Organization[] {
    const wanted = words.trim().split(/\s+/)
    return this.all.filter((o) => wanted.every((word) => o.name.includes(word) || o.level.includes(word))).slice(0, 50)
  }
}
