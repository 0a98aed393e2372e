package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the build; without it the module's own version is told.
var version string

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "显示版本",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			if version == "" {
				if info, ok := debug.ReadBuildInfo(); ok {
					version = info.Main.Version
				}
			}
			fmt.Fprintln(cmd.OutOrStdout(), "kezhi "+version)
		},
	}
}
