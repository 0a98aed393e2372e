import { createApp } from 'vue'
import 'vant/es/style/base.css'
import './look/look.css'
import './scan/entry'
import App from './App.vue'
import { seedParent } from './back'
import { createAppRouter } from './router'
import { loadSession } from './session/session'

// Vant follows a class; the class follows the system.
const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('van-theme-dark', dark.matches)
follow()
dark.addEventListener('change', follow)

seedParent()
void loadSession()
createApp(App).use(createAppRouter()).mount('#app')
