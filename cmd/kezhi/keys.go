package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"kezhi/store"

	"github.com/spf13/cobra"
)

func keysCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keys",
		Short: "生成一份新的密钥文件内容，请妥善保存：丢失后无法读出身份证号和电话",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			keys, err := store.NewKeys()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), string(keys))
			return err
		},
	}
}

// openVault reads the key file; in development a missing one is made.
func openVault(s *settings) (*store.Vault, error) {
	keys, err := os.ReadFile(s.KeysFile)
	if errors.Is(err, fs.ErrNotExist) && !s.production() {
		keys, err = makeKeys(s.KeysFile)
	}
	if err != nil {
		return nil, fmt.Errorf("密钥文件（KEZHI_KEYS_FILE）：%w", err)
	}
	v, err := store.NewVault(keys)
	if err != nil {
		return nil, fmt.Errorf("密钥文件（KEZHI_KEYS_FILE）：%w", err)
	}
	return v, nil
}

func makeKeys(path string) ([]byte, error) {
	keys, err := store.NewKeys()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	return keys, os.WriteFile(path, keys, 0o600)
}
