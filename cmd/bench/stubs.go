package main
import "context"
func benchSeats(context.Context, options, string) error { return nil }
func benchLists(context.Context, options, string) error { return nil }
func benchGrowth(context.Context, options, string) error { return nil }
func benchQR() error { return nil }
