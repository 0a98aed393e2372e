package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"kezhi/service"

	"github.com/spf13/cobra"
)

func adminCommand(environ []string) *cobra.Command {
	admin := &cobra.Command{Use: "admin", Short: "平台管理员"}
	admin.AddCommand(&cobra.Command{
		Use:   "invite",
		Short: "生成一次性链接：在微信中打开它的人成为平台管理员",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSettings(environ)
			if err != nil {
				return err
			}
			answer, err := invite(cmd.Context(), s, newLog(cmd.ErrOrStderr(), s.LogLevel))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n请在微信中打开。只能使用一次，%s前有效。\n", answer.URL, service.ShortTime(answer.ExpiresAt))
			return err
		},
	})
	return admin
}

// invite asks the running server where the embedded file is its alone, else writes
// to the store itself.
func invite(ctx context.Context, s *settings, log *slog.Logger) (_ *controlAnswer, err error) {
	if s.MongoDBURI == "" {
		answer, err := askServer(ctx, s, askInvite, "")
		if !errors.Is(err, errNoServer) {
			return answer, err
		}
	}
	p, err := wire(ctx, s, log)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close(context.WithoutCancel(ctx))) }()
	url, expires, err := p.services.Invites.CreatePlatformAdmin(ctx)
	return &controlAnswer{URL: url, ExpiresAt: expires}, err
}
