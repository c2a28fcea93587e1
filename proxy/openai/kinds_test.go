package openai

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
)

// A kind without an entry would be answered as our own defect.
func TestEveryKindOfTheNeutralModelHasAnAnswer(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../conversation/error.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	kinds := 0
	for _, declaration := range file.Decls {
		constants, ok := declaration.(*ast.GenDecl)
		if !ok || constants.Tok != token.CONST {
			continue
		}
		for _, spec := range constants.Specs {
			constant := spec.(*ast.ValueSpec)
			if name, ok := constant.Type.(*ast.Ident); !ok || name.Name != "Kind" {
				continue
			}
			for i, value := range constant.Values {
				text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				require.NoError(t, err)
				kinds++
				assert.Contains(t, answers, conversation.Kind(text), constant.Names[i].Name)
			}
		}
	}
	assert.Len(t, answers, kinds, "and no entry is left over")
}
