import { gzipSync } from 'node:zlib'
import type { Plugin, Rolldown } from 'vite'

// firstLoad fails the build when what a phone must load before it sees the first
// page (the entry, that page, all they import statically, and their styles) is more
// than `limit` bytes gzipped.
export function firstLoad({ page, limit }: { page: string; limit: number }): Plugin {
  return {
    name: 'first-load',
    apply: 'build',
    generateBundle(_, bundle) {
      const files = new Set<string>()
      const take = (name: string) => {
        const chunk = bundle[name]
        if (!chunk || files.has(name)) return
        files.add(name)
        if (chunk.type !== 'chunk') return
        chunk.imports.forEach(take)
        const styles = (chunk as Rolldown.OutputChunk & { viteMetadata?: { importedCss: Set<string> } }).viteMetadata
        styles?.importedCss.forEach(take)
      }
      for (const [name, chunk] of Object.entries(bundle)) {
        if (chunk.type !== 'chunk') continue
        const isFirstPage = chunk.isDynamicEntry && chunk.facadeModuleId?.split('?')[0]?.endsWith('/' + page)
        if (chunk.isEntry || isFirstPage) take(name)
      }
      let sum = 0
      for (const name of files) {
        const file = bundle[name]!
        sum += gzipSync(file.type === 'chunk' ? file.code : file.source).length
      }
      const words = `first load ${(sum / 1000).toFixed(1)} kB gzipped in ${files.size} files, limit ${limit / 1000} kB`
      if (![...files].some((name) => name.includes(page.split('.')[0]!))) this.error(`${page} is not among the chunks`)
      if (sum > limit) this.error(words)
      this.info(words)
    },
  }
}
