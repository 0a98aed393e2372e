package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"kezhi/service"
	"kezhi/wxconfig"
	"kezhi/wxconfig/sandbox"

	"github.com/caarlos0/env/v11"
)

// settings are everything that can be set, from the environment. README.md lists them.
type settings struct {
	Environment string   `env:"KEZHI_ENV" envDefault:"development"`
	Address     string   `env:"KEZHI_ADDR" envDefault:":8080"`
	Origin      string   `env:"KEZHI_ORIGIN" envDefault:"http://localhost:8080"`
	DataDir     string   `env:"KEZHI_DATA_DIR" envDefault:"data"`
	KeysFile    string   `env:"KEZHI_KEYS_FILE"`
	MongoDBURI  string   `env:"KEZHI_MONGODB_URI"`
	RedisURL    string   `env:"KEZHI_REDIS_URL"`
	Proxies     []string `env:"KEZHI_TRUSTED_PROXIES"`
	LogLevel    string   `env:"KEZHI_LOG_LEVEL" envDefault:"info"`

	SandboxAddress string `env:"KEZHI_SANDBOX_ADDR"`

	AppID         string `env:"KEZHI_WECHAT_APP_ID"`
	AppSecret     string `env:"KEZHI_WECHAT_APP_SECRET"`
	Token         string `env:"KEZHI_WECHAT_TOKEN"`
	AESKey        string `env:"KEZHI_WECHAT_AES_KEY"`
	CallbackMode  string `env:"KEZHI_WECHAT_CALLBACK_MODE" envDefault:"safe"`
	MiniAppID     string `env:"KEZHI_WECHAT_MINI_APP_ID"`
	MiniAppSecret string `env:"KEZHI_WECHAT_MINI_APP_SECRET"`
	TemplatesFile string `env:"KEZHI_WECHAT_TEMPLATES_FILE"`
	VerifyDir     string `env:"KEZHI_WECHAT_VERIFY_DIR"`
	APIBase       string `env:"KEZHI_WECHAT_API_BASE"`

	wechat      wxconfig.Settings
	verifyFiles map[string]string
}

// readSettings reads the environment and names all its faults at once.
func readSettings(environ []string) (*settings, error) {
	var s settings
	var faults []error
	if err := env.ParseWithOptions(&s, env.Options{Environment: env.ToMap(environ)}); err != nil {
		faults = append(faults, err)
	}
	for _, name := range environ {
		key, _, _ := strings.Cut(name, "=")
		if strings.HasPrefix(key, "KEZHI_") && !known(key) {
			faults = append(faults, fmt.Errorf("%s: 没有这个设置", key))
		}
	}
	s.Origin = strings.TrimSuffix(s.Origin, "/")
	if u, err := url.Parse(s.Origin); err != nil || u.Host == "" || u.Path != "" || u.Scheme != "http" && u.Scheme != "https" {
		faults = append(faults, errors.New("KEZHI_ORIGIN: 应是网址，例如 https://kx.example.cn"))
	}
	if s.KeysFile == "" && !s.production() {
		s.KeysFile = filepath.Join(s.DataDir, "keys.json")
	}
	if s.AppID == "" && s.APIBase == "" && s.SandboxAddress == "" && !s.production() {
		s.SandboxAddress = sandbox.DefaultAddress
	}
	faults = append(faults, s.readWeChat()...)
	switch s.Environment {
	case "development":
	case "production":
		faults = append(faults, s.productionFaults()...)
	default:
		faults = append(faults, errors.New("KEZHI_ENV: 只能是 development 或 production"))
	}
	return &s, errors.Join(faults...)
}

func (s *settings) production() bool { return s.Environment == "production" }

// sandboxed tells whether WeChat is our own sandbox, in this process or another.
func (s *settings) sandboxed() bool { return s.SandboxAddress != "" || s.APIBase != "" }

func (s *settings) productionFaults() []error {
	var faults []error
	if !strings.HasPrefix(s.Origin, "https://") {
		faults = append(faults, errors.New("KEZHI_ORIGIN: 正式环境必须是 https 网址"))
	}
	if s.sandboxed() {
		faults = append(faults, errors.New("KEZHI_SANDBOX_ADDR, KEZHI_WECHAT_API_BASE: 正式环境不能使用微信沙箱"))
	}
	if s.KeysFile == "" {
		faults = append(faults, errors.New("KEZHI_KEYS_FILE: 正式环境必须指定密钥文件，可用 kezhi keys 生成"))
	}
	return faults
}

func (s *settings) readWeChat() []error {
	if s.sandboxed() {
		base := s.APIBase
		if base == "" {
			base = "http://" + s.SandboxAddress
		}
		s.wechat = wxconfig.SandboxSettings(base, s.Origin)
		return nil
	}
	s.wechat = wxconfig.Settings{
		AppID: s.AppID, AppSecret: s.AppSecret, Token: s.Token, EncodingAESKey: s.AESKey, CallbackMode: wxconfig.CallbackMode(s.CallbackMode),
		MiniAppID: s.MiniAppID, MiniAppSecret: s.MiniAppSecret, PublicOrigin: s.Origin,
	}
	var faults []error
	if s.TemplatesFile == "" {
		faults = append(faults, errors.New("KEZHI_WECHAT_TEMPLATES_FILE: 请指定模板消息的对应表"))
	} else if err := readJSON(s.TemplatesFile, &s.wechat.Templates); err != nil {
		faults = append(faults, fmt.Errorf("KEZHI_WECHAT_TEMPLATES_FILE: %w", err))
	}
	for _, err := range s.wechat.Validate() {
		faults = append(faults, fmt.Errorf("KEZHI_WECHAT_*: %w", err))
	}
	if err := s.readVerifyFiles(); err != nil {
		faults = append(faults, fmt.Errorf("KEZHI_WECHAT_VERIFY_DIR: %w", err))
	}
	return faults
}

// readVerifyFiles reads the MP_verify_*.txt files that prove to WeChat that a domain is ours.
func (s *settings) readVerifyFiles() error {
	if s.VerifyDir == "" {
		return nil
	}
	paths, err := filepath.Glob(filepath.Join(s.VerifyDir, "MP_verify_*.txt"))
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return errors.New("目录里没有 MP_verify_*.txt")
	}
	s.verifyFiles = map[string]string{}
	for _, p := range paths {
		text, err := os.ReadFile(p) //nolint:gosec // a path that the operator set
		if err != nil {
			return err
		}
		s.verifyFiles[filepath.Base(p)] = string(text)
	}
	return nil
}

func readJSON(path string, into *map[service.NoticeKind]wxconfig.Template) error {
	raw, err := os.ReadFile(path) //nolint:gosec // a path that the operator set
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// known tells whether a variable is one of ours or the tests'.
func known(key string) bool {
	if strings.HasPrefix(key, "KEZHI_TEST_") {
		return true
	}
	params, err := env.GetFieldParams(&settings{})
	if err != nil {
		return false
	}
	for _, p := range params {
		if p.Key == key {
			return true
		}
	}
	return false
}
