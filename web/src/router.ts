import { ref } from 'vue'
import { createRouter, createWebHistory, isNavigationFailure, NavigationFailureType, START_LOCATION, type RouteRecordRaw } from 'vue-router'
import { loadSession, login, session } from './session/session'

declare module 'vue-router' {
  interface RouteMeta {
    title: string
    // Only for people who are logged in.
    login?: boolean
    // Stays alive while one looks at something else; its key is the route's name.
    kept?: boolean
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/activities' },
  { path: '/activities', name: 'ActivitiesPage', component: () => import('./pages/ActivitiesPage.vue'), meta: { title: '活动', kept: true } },
  { path: '/activities/:id', name: 'ActivityPage', component: () => import('./pages/ActivityPage.vue'), meta: { title: '活动详情' } },
  { path: '/me', name: 'MePage', component: () => import('./pages/MePage.vue'), meta: { title: '我的', login: true, kept: true } },
  { path: '/me/registrations', name: 'OwnRegistrationsPage', component: () => import('./pages/OwnRegistrationsPage.vue'), meta: { title: '我的活动', login: true, kept: true } },
  { path: '/me/notices', name: 'NoticesPage', component: () => import('./pages/NoticesPage.vue'), meta: { title: '消息', login: true, kept: true } },
  { path: '/me/profile', name: 'ProfilePage', component: () => import('./pages/ProfilePage.vue'), meta: { title: '资料', login: true } },
  { path: '/registrations/:id', name: 'RegistrationPage', component: () => import('./pages/RegistrationPage.vue'), meta: { title: '签到码', login: true } },
  { path: '/register', name: 'RegisterPage', component: () => import('./pages/RegisterPage.vue'), meta: { title: '志愿者注册', login: true } },
  { path: '/activate', name: 'ActivatePage', component: () => import('./pages/ActivatePage.vue'), meta: { title: '激活', login: true } },
  { path: '/privacy', name: 'PrivacyPage', component: () => import('./pages/PrivacyPage.vue'), meta: { title: '隐私' } },
  { path: '/invite/:token', name: 'InvitePage', component: () => import('./pages/InvitePage.vue'), meta: { title: '邀请', login: true } },
  { path: '/c/:token', name: 'CheckInCodePage', component: () => import('./pages/CheckInCodePage.vue'), meta: { title: '签到码', login: true } },
  { path: '/desk', name: 'DeskPage', component: () => import('./pages/desk/DeskPage.vue'), meta: { title: '工作台', login: true, kept: true } },
  { path: '/desk/volunteers', name: 'VolunteersPage', component: () => import('./pages/desk/VolunteersPage.vue'), meta: { title: '志愿者', login: true, kept: true } },
  { path: '/desk/volunteers/:id', name: 'VolunteerPage', component: () => import('./pages/desk/VolunteerPage.vue'), meta: { title: '志愿者资料', login: true } },
  { path: '/desk/activities', name: 'DeskActivitiesPage', component: () => import('./pages/desk/DeskActivitiesPage.vue'), meta: { title: '活动管理', login: true, kept: true } },
  { path: '/desk/activities/new', name: 'NewActivityPage', component: () => import('./pages/desk/NewActivityPage.vue'), meta: { title: '发布活动', login: true } },
  { path: '/desk/activities/:id', name: 'DeskActivityPage', component: () => import('./pages/desk/DeskActivityPage.vue'), meta: { title: '活动管理', login: true } },
  { path: '/desk/activities/:id/edit', name: 'EditActivityPage', component: () => import('./pages/desk/EditActivityPage.vue'), meta: { title: '修改活动', login: true } },
  { path: '/desk/scan/:activityId?', name: 'ScanPage', component: () => import('./pages/desk/ScanPage.vue'), meta: { title: '扫码签到', login: true } },
  { path: '/desk/organizations', name: 'OrganizationsPage', component: () => import('./pages/desk/OrganizationsPage.vue'), meta: { title: '组织', login: true } },
  { path: '/desk/invites', name: 'InvitesPage', component: () => import('./pages/desk/InvitesPage.vue'), meta: { title: '邀请', login: true } },
  { path: '/:anything(.*)*', name: 'MissingPage', component: () => import('./pages/MissingPage.vue'), meta: { title: '没有这个页面' } },
]

// The page that could not be loaded, while that is so.
export const unloaded = ref<string>()

export function createAppRouter() {
  const left = new Map<unknown, number>()
  const router = createRouter({
    history: createWebHistory(),
    routes,
    scrollBehavior(to, from, saved) {
      // Filters and steps change the query alone.
      if (to.path === from.path && to.meta.kept) return false
      if (saved) return saved
      return { top: to.meta.kept ? (left.get(to.name) ?? 0) : 0 }
    },
  })

  router.beforeEach(async (to, from) => {
    left.set(from.name, window.scrollY)
    if (!to.meta.login) return true
    await loadSession()
    if (session.state !== 'anonymous') return true
    // From a page of ours, that page stays behind; a link from outside leaves nothing.
    return !login(to.fullPath, (there) => (from === START_LOCATION ? location.replace(there) : location.assign(there)))
  })

  router.afterEach((to, _, failure) => {
    if (failure && !isNavigationFailure(failure, NavigationFailureType.duplicated)) return
    unloaded.value = undefined
    document.title = to.meta.title
  })

  // There is no network, or a new version was deployed while the app was open and the
  // old files are gone: then loading afresh helps, once.
  router.onError((error: unknown, to) => {
    if (!/dynamically imported module|Importing a module|preload CSS/i.test(String(error))) return
    const tried = Number(sessionStorage.getItem('kezhi.reloaded') ?? 0)
    if (!navigator.onLine || Date.now() - tried < 10_000) {
      unloaded.value = to.fullPath
      return
    }
    sessionStorage.setItem('kezhi.reloaded', String(Date.now()))
    location.assign(to.fullPath)
  })

  return router
}
