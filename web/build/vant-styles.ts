import type { Plugin } from 'vite'

// vantStyles adds to each module the styles of the Vant components that it names
// in `import { … } from 'vant'`, so that a page carries the styles it uses and no more.
// Vant's icon font is left out: it is heavy, half of it comes from somebody else's
// server, and our icons are drawings of our own.
export function vantStyles(): Plugin {
  const named = /import\s*\{([^}]+)\}\s*from\s*['"]vant['"]/g
  const functions: Record<string, string> = {
    showToast: 'toast',
    showConfirmDialog: 'dialog',
    showDialog: 'dialog',
  }
  return {
    name: 'vant-styles',
    enforce: 'post',
    load(id) {
      return /vant\/es\/icon\/index\.css/.test(id) ? '' : null
    },
    transform(code, id) {
      if (id.includes('node_modules') || !id.includes('/src/')) return null
      const folders = new Set<string>()
      for (const match of code.matchAll(named)) {
        for (const part of match[1]!.split(',')) {
          const name = part.trim().split(/\s+as\s+/)[0]!
          if (name in functions) folders.add(functions[name]!)
          else if (/^[A-Z]/.test(name)) {
            folders.add(name.replace(/[A-Z]/g, (c, at: number) => (at ? '-' : '') + c.toLowerCase()))
          }
        }
      }
      if (folders.size === 0) return null
      const styles = [...folders].map((folder) => `import 'vant/es/${folder}/style/index';\n`).join('')
      return { code: styles + code, map: null }
    },
  }
}
