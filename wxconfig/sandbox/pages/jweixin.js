// A stand-in for jweixin-1.6.0.js: enough to try a page that scans, outside WeChat.
(() => {
  let whenReady = []
  let ready = false
  const later = (f) => f && setTimeout(f, 0)
  const wx = {
    config(options) {
      const whole = ['appId', 'timestamp', 'nonceStr', 'signature'].every((key) => options[key])
      setTimeout(() => {
        if (!whole) return wx.failed && wx.failed({ errMsg: 'config:invalid signature' })
        ready = true
        whenReady.forEach(later)
        whenReady = []
      }, 0)
    },
    ready(f) { ready ? later(f) : whenReady.push(f) },
    error(f) { wx.failed = f },
    checkJsApi({ jsApiList, success }) {
      later(() => success && success({ checkResult: Object.fromEntries(jsApiList.map((n) => [n, n in wx])), errMsg: 'checkJsApi:ok' }))
    },
    scanQRCode({ needResult, success, cancel, complete }) {
      const text = window.prompt('沙箱里没有摄像头：请粘贴二维码的内容')
      if (text === null) later(() => cancel && cancel({ errMsg: 'scanQRCode:cancel' }))
      else later(() => success && success(needResult ? { resultStr: text, errMsg: 'scanQRCode:ok' } : { errMsg: 'scanQRCode:ok' }))
      later(complete)
    },
    hideOptionMenu() {}, showOptionMenu() {}, closeWindow() { window.close() },
    updateAppMessageShareData({ success }) { later(success) }, updateTimelineShareData({ success }) { later(success) },
  }
  window.wx = window.jWeixin = wx
})()
