// Which page a page belongs to, when it was not reached from there. The first that
// matches counts; $1 is what its parentheses hold.
const parents: [RegExp, string][] = [
  [/^\/activities\/[^/]+$/, '/activities'],
  [/^\/registrations\/[^/]+$/, '/me/registrations'],
  [/^\/me\/[^/]+$/, '/me'],
  [/^\/(?:register|activate|privacy)$/, '/me'],
  [/^\/desk\/volunteers\/[^/]+$/, '/desk/volunteers?state=pending'],
  [/^\/desk\/activities\/([^/]+)\/edit$/, '/desk/activities/$1'],
  [/^\/desk\/activities\/[^/]+$/, '/desk/activities'],
  [/^\/desk\/scan\/([^/]+)$/, '/desk/activities/$1'],
  [/^\/desk\/[^/]+$/, '/desk'],
  [/^\/(?:invite|c)\/[^/]+$/, '/me'],
]

// parentOf returns undefined for the three tabs.
export function parentOf(path: string): string | undefined {
  for (const [pattern, parent] of parents) {
    if (pattern.test(path)) return path.replace(pattern, parent)
  }
  return undefined
}
