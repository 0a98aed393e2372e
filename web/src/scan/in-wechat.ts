export const inWeChat = /MicroMessenger/i.test(navigator.userAgent)
