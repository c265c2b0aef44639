//go:build linux && amd64

package main

import (
	"io/fs"
	"path/filepath"

	piper "github.com/amitybell/piper-bin-linux"
	"github.com/amitybell/piper-voice-alan"
	"github.com/amitybell/piper-voice-jenny"
)

// install unpacks engine and voices, as far as they are not there yet, and says what voices there are.
func install(cache string) ([]voice, error) {
	home, err := unpack(cache, "piper", archive{piper.Asset.FS, "dist.tzst"})
	if err != nil {
		return nil, err
	}
	voices := []voice{
		{ID: "jenny", Name: "Jenny", Language: "en-GB"},
		{ID: "alan", Name: "Alan", Language: "en-GB"},
	}
	for i, files := range []fs.FS{jenny.Asset.FS, alan.Asset.FS} {
		v := &voices[i]
		v.engine = filepath.Join(home, "piper")
		if v.folder, err = unpack(cache, v.ID, archive{files, "dist.tar.zst"}); err != nil {
			return nil, err
		}
	}
	return voices, nil
}
