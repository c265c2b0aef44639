package config

import "time"

// Backup is when the state directory is copied, and where to.
type Backup struct {
	Dir   string   `yaml:"dir"`   // empty: never
	Every Duration `yaml:"every"` // from one copy to the next
	Keep  int      `yaml:"keep"`  // how many copies, the newest ones
}

// The shortest distance of two backups: a copy reads the whole log.
const minBackupEvery = time.Minute

func (b Backup) validate() error {
	switch {
	case b.Dir == "":
		return nil
	case b.Every.Duration < minBackupEvery || b.Every.Duration > 30*24*time.Hour:
		return invalid("backup.every", "%s is not between 1m and 720h", b.Every)
	case b.Keep < 1 || b.Keep > 1000:
		return invalid("backup.keep", "%d is not between 1 and 1000", b.Keep)
	}
	return nil
}
