package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"kezhi/handler"
	"kezhi/web"
	"kezhi/wxconfig"
	"kezhi/wxconfig/sandbox"

	"github.com/spf13/cobra"
)

func serveCommand(environ []string) *cobra.Command {
	var demo bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "运行服务",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSettings(environ)
			if err != nil {
				return err
			}
			return serve(cmd.Context(), s, demo, cmd.OutOrStdout(), newLog(cmd.ErrOrStderr(), s.LogLevel))
		},
	}
	cmd.Flags().BoolVar(&demo, "demo", false, "数据库为空时，先建一个演示用的县")
	return cmd
}

// shutdownWait is how long requests under way may take to end after a signal.
const shutdownWait = 20 * time.Second

// serve runs until ctx ends, then stops in order: no new requests, the ones under
// way, the background work, the engines.
func serve(ctx context.Context, s *settings, demo bool, out io.Writer, log *slog.Logger) (err error) {
	p, err := wire(ctx, s, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close(context.WithoutCancel(ctx))) }()
	if demo {
		if s.production() {
			return errors.New("正式环境不能使用演示数据")
		}
		if _, err := seed(ctx, p); err != nil {
			return fmt.Errorf("演示数据：%w", err)
		}
	}
	if err := p.services.Relay.Recover(ctx); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Address)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: handler.New(handler.Config{ //nolint:contextcheck // its requests bring contexts of their own
			Services: p.services, JS: p.wechat, Callback: p.wechat.Callback(p.services.Events), Web: web.Dist, Origin: s.Origin,
			Secure: strings.HasPrefix(s.Origin, "https:"), TrustedProxies: s.Proxies, Ready: p.ready, Log: log,
			Limiter: p.redis, VerifyFiles: s.verifyFiles,
		}),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 3)
	if s.SandboxAddress != "" {
		box, err := startSandbox(s, log, failed)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		defer box()
	}
	control, err := p.serveControl(failed)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer control()
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBackground()
	var working sync.WaitGroup
	working.Go(func() { p.services.Relay.Run(background) })
	working.Go(func() { p.services.Courier.Run(background) })
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	greet(out, s)
	log.Info("serving", "address", listener.Addr().String(), "origin", s.Origin)
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	log.Info("stopping")
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWait)
	defer cancel()
	err = errors.Join(err, server.Shutdown(stopping))
	stopBackground()
	working.Wait()
	return err
}

func startSandbox(s *settings, log *slog.Logger, failed chan<- error) (stop func(), err error) {
	listener, err := sandbox.Listen(s.SandboxAddress)
	if err != nil {
		return nil, fmt.Errorf("微信沙箱（KEZHI_SANDBOX_ADDR）：%w", err)
	}
	box := sandbox.New(sandbox.Options{Now: now, AppURL: s.Origin, CallbackURL: callbackOn(s), People: demoWeChatPeople(), Menu: wxconfig.DefaultMenu(s.Origin), Log: log})
	server := &http.Server{Handler: box.Handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	return func() {
		_ = server.Close()
		box.Close()
	}, nil
}

// callbackOn is where the sandbox reaches the callback: on this machine, whatever
// the origin is called from outside.
func callbackOn(s *settings) string {
	_, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return s.Origin + "/wechat/callback"
	}
	return "http://127.0.0.1:" + port + "/wechat/callback"
}

func greet(out io.Writer, s *settings) {
	fmt.Fprintf(out, "\n科志已启动：%s\n", s.Origin)
	if s.SandboxAddress != "" {
		fmt.Fprintf(out, "微信沙箱：http://%s （先在这里选择自己是谁，再打开公众号；每个人的模板消息也在这里看）\n\n", s.SandboxAddress)
	}
}
