package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
)

func doctorCommand(environ []string) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "检查设置、数据、Redis 和微信是否正常",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), time.Minute)
			defer cancel()
			return examine(ctx, environ, cmd.OutOrStdout(), newLog(io.Discard, ""))
		},
	}
}

var errUnwell = errors.New("有问题需要处理，见上")

// examine prints one line for each thing that must work, and returns errUnwell when one does not.
func examine(ctx context.Context, environ []string, out io.Writer, log *slog.Logger) error {
	well := true
	report := func(what string, err error) {
		if err != nil {
			well = false
			fmt.Fprintf(out, "✗ %s：%v\n", what, err)
			return
		}
		fmt.Fprintf(out, "✓ %s\n", what)
	}
	s, err := readSettings(environ)
	report("设置", err)
	if err != nil {
		return errUnwell
	}
	if s.MongoDBURI == "" {
		// A running server has the embedded file to itself, so it is asked instead.
		if _, err := askServer(ctx, s, askReady, ""); !errors.Is(err, errNoServer) {
			report("运行中的服务：数据和 Redis", err)
			return verdict(well)
		}
	}
	p, err := wire(ctx, s, log)
	report("数据、密钥和索引", err)
	if err != nil {
		return errUnwell
	}
	defer func() { _ = p.close(context.WithoutCancel(ctx)) }()
	report("Redis", p.redis.Ping(ctx))
	has, err := p.store.HasPlatformAdmin(ctx)
	if err == nil && !has {
		err = errors.New("还没有平台管理员，请运行 kezhi admin invite")
	}
	report("平台管理员", err)
	if s.SandboxAddress != "" {
		fmt.Fprintln(out, "- 微信：使用内置沙箱，服务运行时才有")
	} else {
		_, err = p.wechat.Follows(ctx, "doctor-asks-about-nobody-000")
		report("微信接口（access_token）", err)
	}
	return verdict(well)
}

func verdict(well bool) error {
	if !well {
		return errUnwell
	}
	return nil
}
