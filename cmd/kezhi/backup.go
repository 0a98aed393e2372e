package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"kezhi/store/embedded"
)

func backupCommand(environ []string) *cobra.Command {
	return &cobra.Command{
		Use:   "backup 文件",
		Short: "把内置数据完整地复制到一个新文件；服务运行时也可以用",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := readSettings(environ)
			if err != nil {
				return err
			}
			if s.MongoDBURI != "" {
				return errors.New("数据在 MongoDB 里，请按 MongoDB 的办法备份")
			}
			target, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			if err := backup(cmd.Context(), s, target); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "已备份到 %s。密钥文件 %s 请另外保存。\n", target, s.KeysFile)
			return err
		},
	}
}

// backup asks the running server, which has the file to itself, or else copies it itself.
func backup(ctx context.Context, s *settings, target string) (err error) {
	if _, err := os.Stat(target); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s 已存在，请换一个文件名", target)
	}
	_, err = askServer(ctx, s, askBackup, target)
	if !errors.Is(err, errNoServer) {
		return err
	}
	db, err := embedded.Open(ctx, dataFile(s))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close(ctx)) }()
	return db.Backup(ctx, target)
}

func restoreCommand(environ []string) *cobra.Command {
	return &cobra.Command{
		Use:   "restore 文件",
		Short: "用备份恢复内置数据；服务须停止，且数据目录里没有数据文件",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := readSettings(environ)
			if err != nil {
				return err
			}
			return restore(cmd.Context(), s, args[0])
		},
	}
}

// restore puts a backup in the place of a data file that is not there. It never
// overwrites one: whoever restores moves the old one away, and can still go back.
func restore(ctx context.Context, s *settings, source string) error {
	target := dataFile(s)
	if _, err := os.Stat(target); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s 已存在：请先停止服务，把它（和同名的 -wal、-shm 文件）移走", target)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	from, err := embedded.Open(ctx, source)
	if err != nil {
		return fmt.Errorf("%s 不是备份：%w", source, err)
	}
	// Copied by the engine, so that what arrives has been read and is whole.
	return errors.Join(from.Backup(ctx, target), from.Close(ctx))
}

func dataFile(s *settings) string { return filepath.Join(s.DataDir, "kezhi.db") }
