package platforms

import "testing"

func TestTheProgramFitsEveryPlatformWithoutCgo(t *testing.T) {
	if testing.Short() {
		t.Skip("with an empty cache this compiles the program five times")
	}
	t.Parallel()
	for _, target := range []struct {
		platform
		vet bool // all packages with their tests, which no build reads; one architecture of a system will do
	}{
		{platform{"windows", "amd64"}, true},
		{platform{"darwin", "arm64"}, true},
		{platform{"windows", "arm64"}, false},
		{platform{"linux", "arm64"}, false},
	} {
		t.Run(target.String(), func(t *testing.T) {
			t.Parallel()
			// One after the other, and with the same flags: what the one has
			// compiled is in the cache for the other.
			t.Run("build", func(t *testing.T) {
				runGo(t, target.platform, "build", "-buildvcs=false", "-ldflags=-s -w", "-o", t.TempDir()+"/", "./cmd/claude-max-api")
			})
			if target.vet {
				t.Run("vet", func(t *testing.T) {
					runGo(t, target.platform, "vet", "./...")
				})
			}
		})
	}
}
