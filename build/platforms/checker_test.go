package platforms

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
)

// overlay is the text of files as if they stood on disk, by their full path.
type overlay map[string][]byte

// below is what lies in a folder. The go command takes none of the files of other
// modules; for their imports it goes by what is on disk.
func (o overlay) below(t *testing.T, folder string) overlay {
	t.Helper()
	folder, err := filepath.Abs(folder)
	require.NoError(t, err)
	o = maps.Clone(o)
	maps.DeleteFunc(o, func(path string, _ []byte) bool {
		return !strings.HasPrefix(path, folder+string(filepath.Separator))
	})
	return o
}

// checker type-checks packages from their sources for one platform, with cgo.
//
// The library's own type-checking cannot do that: it has the go command translate
// files that import "C", for which there must be a C compiler of that platform. So the
// library says only which files and imports a package has.
type checker struct {
	platform platform
	fset     *token.FileSet
	checked  map[string]*types.Package // by the ID that the go command gives them
	files    []string                  // all that were checked
}

func newChecker(p platform) *checker {
	return &checker{platform: p, fset: token.NewFileSet(), checked: map[string]*types.Package{"unsafe": types.Unsafe}}
}

// fork is a checker that has already checked what c has, and leaves c as it is.
func (c *checker) fork() *checker {
	return &checker{platform: c.platform, fset: c.fset, checked: maps.Clone(c.checked)}
}

// check gives the mistakes in the packages and in those that they import. An import
// that was checked before is not looked at again.
func (c *checker) check(t *testing.T, laid overlay, tests bool, patterns ...string) (mistakes []error) {
	t.Helper()
	seeSources(t)
	initial, err := packages.Load(&packages.Config{
		// NeedTypes and NeedTypesSizes would have cgo run.
		Mode:    packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule,
		Context: t.Context(),
		Dir:     root,
		Env:     c.platform.env("1"),
		Tests:   tests,
		Overlay: laid.below(t, root),
	}, patterns...)
	require.NoError(t, err)
	require.NotEmpty(t, initial)
	packages.Visit(initial, nil, func(p *packages.Package) { // imports come first
		if c.checked[p.ID] == nil || slices.Contains(initial, p) {
			mistakes = append(mistakes, c.one(p, laid)...)
		}
	})
	return mistakes
}

// one checks a package whose imports have been checked.
func (c *checker) one(p *packages.Package, laid overlay) (mistakes []error) {
	for _, e := range p.Errors {
		mistakes = append(mistakes, e)
	}
	var syntax []*ast.File
	for _, name := range p.GoFiles {
		var text any // nil has the parser read the file
		if b, ok := laid[name]; ok {
			text = b
		}
		file, err := parser.ParseFile(c.fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			mistakes = append(mistakes, err)
		}
		if file != nil {
			syntax = append(syntax, file)
			c.files = append(c.files, name)
		}
	}
	config := types.Config{
		FakeImportC: true,
		Importer:    imports{p, c.checked},
		Sizes:       types.SizesFor("gc", c.platform.arch),
		Error:       func(err error) { mistakes = append(mistakes, err) },
		// The standard library is Go's to check; we need what it offers.
		IgnoreFuncBodies: p.Module == nil,
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		config.GoVersion = "go" + p.Module.GoVersion
	}
	// The error is the first of those that config.Error has been given.
	c.checked[p.ID], _ = config.Check(p.PkgPath, c.fset, syntax, nil)
	return mistakes
}

// imports finds what a package means by an import path.
type imports struct {
	of      *packages.Package
	checked map[string]*types.Package
}

func (i imports) Import(path string) (*types.Package, error) {
	p := i.of.Imports[path]
	if p == nil {
		return nil, fmt.Errorf("the go command knows no package %s", path)
	}
	if found := i.checked[p.ID]; found != nil {
		return found, nil
	}
	return nil, errors.New("not checked yet: " + p.ID)
}
