package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Backup writes a consistent copy of the database into a new file while the database
// serves. The copy is on disk when the call returns; it is a database that Open opens.
// It returns fs.ErrExist when there is a file already.
func (db *DB) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("a backup into %s: %w", path, errors.Join(fs.ErrExist, err))
	}
	partial := path + ".partial"
	if err := os.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("a backup into %s: %w", path, err)
	}
	// A reader of its own: the copy sees one commit, and no other reader waits for it.
	c, err := openConn(db.readers.path)
	if err != nil {
		return fmt.Errorf("a backup into %s: %w", path, err)
	}
	defer c.close()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.exec(`VACUUM INTO ?`, partial); err != nil {
		return fmt.Errorf("a backup into %s: %w", path, err)
	}
	if err := syncFile(partial); err != nil {
		return fmt.Errorf("a backup into %s: %w", path, err)
	}
	return os.Rename(partial, path)
}

func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // the operator says where
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
