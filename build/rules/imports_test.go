package rules

import (
	"go/ast"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
)

const module = "claude-max-api-proxy"

var loaded = sync.OnceValues(func() ([]*packages.Package, error) {
	return packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedImports | packages.NeedFiles | packages.NeedSyntax,
		Dir:  "../..",
	}, "./...")
})

// load returns the module's packages without their tests.
func load(t *testing.T) []*packages.Package {
	t.Helper()
	all, err := loaded()
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// in says whether a path is one of the packages, or below one that ends in "/...".
func in(path string, patterns ...string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if tree, ok := strings.CutSuffix(pattern, "/..."); ok {
			return path == module+"/"+tree || strings.HasPrefix(path, module+"/"+tree+"/")
		}
		return path == module+"/"+pattern
	})
}

func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return path != module && first != module && !strings.Contains(first, ".")
}

func TestPackagesImportOnlyWhatTheirPlaceAllows(t *testing.T) {
	rules := []struct {
		because   string
		of        []string
		except    []string
		forbidden func(imported string) bool
	}{
		{
			because:   "the neutral model is understood without anything else",
			of:        []string{"proxy/conversation"},
			forbidden: func(i string) bool { return !standard(i) },
		},
		{
			because: "codecs are pure: no HTTP, no processes, no driver",
			of:      []string{"proxy/openai/...", "proxy/anthropic/..."},
			except:  []string{"proxy/openai/openaitest"},
			forbidden: func(i string) bool {
				return i == "net/http" || i == "os/exec" || in(i, "proxy", "proxy/claude/...")
			},
		},
		{
			because: "one wire protocol must be changeable without another",
			of:      []string{"proxy/openai/chat"},
			forbidden: func(i string) bool {
				return in(i, "proxy/openai/responses", "proxy/openai/completions", "proxy/anthropic")
			},
		},
		{
			because: "one wire protocol must be changeable without another",
			of:      []string{"proxy/openai/responses"},
			forbidden: func(i string) bool {
				return in(i, "proxy/openai/chat", "proxy/openai/completions", "proxy/anthropic")
			},
		},
		{
			because: "one wire protocol must be changeable without another",
			of:      []string{"proxy/openai/completions", "proxy/anthropic"},
			forbidden: func(i string) bool {
				return in(i, "proxy/openai/chat", "proxy/openai/responses")
			},
		},
		{
			because:   "one wire protocol must be changeable without another",
			of:        []string{"proxy/anthropic"},
			forbidden: func(i string) bool { return in(i, "proxy/openai/chat", "proxy/openai/responses") },
		},
		{
			because:   "one wire protocol must be changeable without another",
			of:        []string{"proxy/openai/...", "proxy/jsonbody", "proxy/media", "proxy/schema", "proxy/sse"},
			forbidden: func(i string) bool { return in(i, "proxy/anthropic/...") },
		},
		{
			because:   "the HTTP front answers through any backend; cmd chooses",
			of:        []string{"proxy"},
			forbidden: func(i string) bool { return in(i, "proxy/claude/...") },
		},
		{
			because:   "the driver knows no HTTP API of ours",
			of:        []string{"proxy/claude/..."},
			forbidden: func(i string) bool { return in(i, "proxy", "proxy/openai/...", "proxy/sse") },
		},
		{
			because:   "the proxy runs without a desktop, and cmd wires the two",
			of:        []string{"proxy/..."},
			forbidden: func(i string) bool { return in(i, "app/...") },
		},
		{
			because:   "the desktop app controls a proxy, whatever it is made of",
			of:        []string{"app/..."},
			forbidden: func(i string) bool { return in(i, "proxy/...") },
		},
		{
			because:   "the tray library has to be called in one particular way",
			of:        []string{"cmd/...", "app/...", "proxy/..."},
			except:    []string{"app/tray"},
			forbidden: func(i string) bool { return strings.HasPrefix(i, "fyne.io/systray") },
		},
		{
			because:   "notifications can block, which one place takes care of",
			of:        []string{"cmd/...", "app/...", "proxy/..."},
			except:    []string{"app/notify"},
			forbidden: func(i string) bool { return strings.HasPrefix(i, "github.com/gen2brain/beeep") },
		},
		{
			because:   "launch at login needs checks around the library",
			of:        []string{"cmd/...", "app/...", "proxy/..."},
			except:    []string{"app/autostart"},
			forbidden: func(i string) bool { return strings.HasPrefix(i, "github.com/emersion/go-autostart") },
		},
		{
			because:   "test helpers stay out of the product",
			of:        []string{"cmd/...", "app/...", "proxy/..."},
			except:    []string{"proxy/claude/claudetest/...", "proxy/openai/openaitest", "proxy/codectest"},
			forbidden: func(i string) bool { return i == "testing" || strings.HasSuffix(i, "test") && in(i, "proxy/...") },
		},
	}
	all := load(t)
	for _, rule := range rules {
		for _, p := range all {
			if !in(p.PkgPath, rule.of...) || in(p.PkgPath, rule.except...) {
				continue
			}
			for imported := range p.Imports {
				if rule.forbidden(imported) {
					t.Errorf("%s imports %s, but: %s", p.PkgPath, imported, rule.because)
				}
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range load(t) {
		documented := slices.ContainsFunc(p.Syntax, func(f *ast.File) bool { return f.Doc != nil })
		if !documented {
			t.Errorf("%s has no package comment", p.PkgPath)
		}
	}
}

func TestNoPackageIsARummageRoom(t *testing.T) {
	for _, p := range load(t) {
		if slices.Contains([]string{"util", "utils", "common", "helpers", "types", "misc"}, p.Name) {
			t.Errorf("%s: name a package after what it provides", p.PkgPath)
		}
	}
}
