import sdk from 'weixin-js-sdk'
import { get } from '@/api/client'
import { entryUrl } from './entry'

// Where the page has the SDK already, the package exports nothing.
const wx = (window as { jWeixin?: typeof sdk }).jWeixin ?? sdk

let ready: Promise<void> | undefined

// prepare signs the page for the JS-SDK once. iOS checks the address that the app was
// opened with, Android the one it is at.
export function prepare(): Promise<void> {
  const here = location.href.split('#')[0]!
  const isIos = /iPhone|iPad|iPod/i.test(navigator.userAgent)
  ready ??= config(isIos ? entryUrl : here).catch((error: unknown) => {
    if (entryUrl === here) throw error
    return config(isIos ? here : entryUrl)
  })
  ready.catch(() => (ready = undefined))
  return ready
}

async function config(url: string): Promise<void> {
  const signed = await get('/wechat/js-config', { query: { url } })
  await new Promise<void>((resolve, reject) => {
    wx.ready(() => resolve())
    wx.error((error: unknown) => reject(new Error('wx.config: ' + JSON.stringify(error))))
    wx.config({
      debug: false,
      appId: signed.app_id,
      timestamp: signed.timestamp,
      nonceStr: signed.nonce_str,
      signature: signed.signature,
      jsApiList: ['scanQRCode'],
    })
  })
}

// scanOnce opens WeChat's scanner. It resolves with what the code holds, or with
// undefined when the person closed the scanner.
export function scanOnce(): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    wx.scanQRCode({
      needResult: 1,
      scanType: ['qrCode'],
      success: (result: { resultStr: string }) => resolve(result.resultStr),
      cancel: () => resolve(undefined),
      fail: (error: unknown) => reject(new Error('wx.scanQRCode: ' + JSON.stringify(error))),
    })
  })
}
