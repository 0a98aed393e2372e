// Which page a page belongs to, when it was not reached from there.
const parents: [RegExp, string][] = [
  [/^\/activities\/[^/]+$/, '/activities'],
  [/^\/registrations\/[^/]+$/, '/me/registrations'],
  [/^\/me\/[^/]+$/, '/me'],
  [/^\/(register|activate|privacy)$/, '/me'],
  [/^\/desk\/volunteers\/[^/]+$/, '/desk/volunteers?state=pending'],
  [/^\/desk\/activities\/new$/, '/desk/activities'],
  [/^\/desk\/activities\/[^/]+\/edit$/, '/desk/activities'],
  [/^\/desk\/activities\/[^/]+$/, '/desk/activities'],
  [/^\/desk\/[^/]+/, '/desk'],
  [/^\/invite\//, '/me'],
  [/^\/c\//, '/me'],
]

// parentOf returns undefined for the three tabs.
export function parentOf(path: string): string | undefined {
  return parents.find(([pattern]) => pattern.test(path))?.[1]
}
