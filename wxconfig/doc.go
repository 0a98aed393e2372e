// Package wxconfig is Kezhi's side of WeChat: the settings of an account, the
// clients and their tokens, the gate before the callback, and the mapping from a
// notice to a template of the account. Nothing else in Kezhi speaks to WeChat.
//
// A caller needs four things:
//
//	settings := wxconfig.SandboxSettings("http://127.0.0.1:8081", "http://127.0.0.1:8080") // or filled from the environment
//	faults := settings.Validate()                                                          // all of them at once
//	wechat, err := wxconfig.New(settings, redisClient, log, now)                           // a service.WeChatLogin, JSSigner and Messenger
//	mux.Handle("/wechat/callback", wechat.Callback(events))                                // what WeChat pushes
//
// Beside the main job: AccountTemplates, ProposeTemplates and Settings.CheckTemplates
// for the mapping; AccountMenu, PushMenu and DiffMenu for the menu; MiniPhone,
// MiniCode, MiniLink and TextPasses for the mini program.
//
// It stands on github.com/silenceper/wechat/v2. What has to be known about that
// library and about the platform is handled here, each in one file: the platform's
// error codes in errcode.go, its field types in message_fit.go, its wire in transport.go.
package wxconfig
