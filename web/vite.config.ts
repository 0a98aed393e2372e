import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { firstLoad } from './build/first-load.ts'
import { vantStyles } from './build/vant-styles.ts'

const api = { target: 'http://localhost:8080', changeOrigin: false }

export default defineConfig({
  plugins: [vue(), vantStyles(), firstLoad({ page: 'ActivitiesPage.vue', limit: 150_000 })],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  server: { proxy: { '/api': api, '/wechat': api } },
  build: {
    // WeChat's WebView on older Android phones and iOS 14.
    target: ['es2020', 'chrome86', 'safari14'],
    assetsInlineLimit: 2048,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        // What nearly every page needs comes with the first one, in one file: on a slow
        // network many small files cost more than their bytes.
        codeSplitting: {
          groups: [{ name: 'shell', test: /src\/(?:api|loading|session|time|registration\/(?:draft|kept-codes)|asking\/ask|components\/(?:ActionButton|EmptyState|LoadError|PageList|CellBones|TextBones|TabBar|TopBar))|node_modules\/vant\/es\/(?:pull-refresh|composables|utils|loading|style)/ }],
        },
      },
    },
  },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
})
