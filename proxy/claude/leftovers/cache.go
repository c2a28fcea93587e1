package leftovers

import (
	"fmt"
	"os"
)

// Closed removes the folder of logs that our processes have written, all of which have
// ended.
func (s *Sweeper) Closed() {
	for _, dir := range s.work {
		s.removeFolder(slug(dir))
	}
}

// openCache opens the CLI's cache; nil where there is none.
func (s *Sweeper) openCache() *os.Root {
	if s.cache == "" {
		return nil
	}
	cache, err := os.OpenRoot(s.cache)
	if err != nil {
		s.failed("cache", err)
		return nil
	}
	return cache
}

// removeFolder removes one from the CLI's cache, with all that is in it.
func (s *Sweeper) removeFolder(name string) {
	cache := s.openCache()
	if cache == nil {
		return
	}
	defer cache.Close()
	info, err := cache.Lstat(name)
	switch {
	case err != nil:
	case info.IsDir():
		err = cache.RemoveAll(name)
	default:
		err = fmt.Errorf("%s is no directory", name)
	}
	s.failed("folder", err)
}
