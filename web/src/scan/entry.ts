// The address that the app was opened with. On iOS WeChat signs it for the JS-SDK,
// however far one has walked inside the app since.
export const entryUrl = location.href.split('#')[0]!
