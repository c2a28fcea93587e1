package anthropic

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/media"
)

// citationsName is what the model is not asked for, and what of texts is not passed on.
const citationsName = "citations"

// source is where a picture's or a document's bytes are.
type source struct {
	jsonbody.Picked
	kind string
}

func openSource(v jsonbody.Value, takes string) (source, *conversation.Error) {
	if v.Type() != jsonbody.Object {
		return source{}, v.Want("an object with a type")
	}
	s := source{Picked: v.Pick("type", "media_type", "data", "url", "content", "file_id")}
	kind, err := s.Get("type").Text()
	if err != nil {
		return s, s.Get("type").Want(takes)
	}
	s.kind = kind
	return s, nil
}

// unknown is the error for a source that does not go.
func (s source) unknown(takes string) *conversation.Error {
	v := s.Get("type")
	if s.kind == "file" {
		return v.Invalid(v.Path() + ` is "file", but there is no store of files here; send the file itself, as base64.`)
	}
	return v.WantWord(takes)
}

// readImage reads a picture. Its bytes say what kind it is, whatever media_type says.
func readImage(v jsonbody.Value) (conversation.Source, *conversation.Error) {
	const takes = "base64 or url"
	s, err := openSource(v, takes)
	switch {
	case err != nil:
		return conversation.Source{}, err
	case s.kind == "base64":
		return media.ImageData(s.Get("data"))
	case s.kind == "url":
		return media.ImageURL(s.Get("url"))
	default:
		return conversation.Source{}, s.unknown(takes)
	}
}

// readDocument reads a PDF; or texts, and pictures between them, which reach the model as
// what they are, in the form that Anthropic recommends for documents in prompts:
// https://docs.anthropic.com/en/docs/build-with-claude/prompt-engineering/long-context-tips.
func (r *Request) readDocument(b block) ([]conversation.Block, *conversation.Error) {
	const takes = "base64, url, text or content"
	if err := r.refuseCitations(b); err != nil {
		return nil, err
	}
	title, err := optionalText(b.Get("title"))
	if err != nil {
		return nil, err
	}
	context, err := optionalText(b.Get("context"))
	if err != nil {
		return nil, err
	}
	s, err := openSource(b.Get("source"), takes)
	if err != nil {
		return nil, err
	}
	pdf := func(bytes conversation.Source, err *conversation.Error) ([]conversation.Block, *conversation.Error) {
		const longest = 500 // characters; upstream's own bound
		if err == nil && utf8.RuneCountInString(title) > longest {
			err = b.Get("title").Want(fmt.Sprintf("a text of at most %d characters", longest))
		}
		return []conversation.Block{conversation.Document{Source: bytes, Title: title, Context: context}}, err
	}
	wrapper := tagged{"document", [][2]string{{"title", title}, {"context", context}}}
	switch s.kind {
	case "base64":
		kind := s.Get("media_type")
		if word, err := kind.Text(); err != nil || word != "application/pdf" {
			err := kind.Want("application/pdf, the only kind of file that the model takes")
			err.Hint = `Plain text goes as a source of type "text".`
			return nil, err
		}
		return pdf(media.FileData(s.Get("data"), "document.pdf"))
	case "url":
		return pdf(media.FileURL(s.Get("url")))
	case "text":
		text, err := s.Get("data").Text()
		return wrapper.around(conversation.Text{Text: text}), err
	case "content":
		var inner []conversation.Block
		err := readContent(s.Get("content"), func(element jsonbody.Value) *conversation.Error {
			const takes = "text or image"
			part, err := open(element, takes)
			if err == nil && part.kind != "text" && part.kind != "image" {
				err = part.unknown(takes)
			}
			if err != nil {
				return err
			}
			blocks, err := r.readShown(part, takes)
			inner = append(inner, blocks...)
			return err
		}, func(text string) { inner = append(inner, conversation.Text{Text: text}) })
		return wrapper.around(inner...), err
	default:
		return nil, s.unknown(takes)
	}
}

// readSearchResult reads something that the client has found, as a text that says where.
func (r *Request) readSearchResult(b block) ([]conversation.Block, *conversation.Error) {
	if err := r.refuseCitations(b); err != nil {
		return nil, err
	}
	title, err := b.Get("title").Text()
	if err != nil {
		return nil, err
	}
	where, err := b.Get("source").Text()
	if err != nil {
		return nil, err
	}
	var inner []conversation.Block
	err = readContent(b.Get("content"), func(element jsonbody.Value) *conversation.Error {
		part, err := open(element, "text")
		if err == nil && part.kind != "text" {
			err = part.unknown("text")
		}
		if err != nil {
			return err
		}
		text, err := r.readText(part)
		inner = append(inner, text)
		return err
	}, func(text string) { inner = append(inner, conversation.Text{Text: text}) })
	return tagged{"search_result", [][2]string{{"title", title}, {"source", where}}}.around(inner...), err
}

// refuseCitations notes that the model will cite nothing.
func (r *Request) refuseCitations(b block) *conversation.Error {
	citations := b.Get("citations")
	if citations.IsNull() {
		return nil
	}
	if citations.Type() != jsonbody.Object {
		return citations.Want("an object")
	}
	enabled := citations.Pick("enabled").Get("enabled")
	if enabled.IsNull() {
		return nil
	}
	wanted, err := enabled.Bool()
	if wanted {
		r.ignore(citationsName)
	}
	return err
}

func optionalText(v jsonbody.Value) (string, *conversation.Error) {
	if v.IsNull() {
		return "", nil
	}
	return v.Text()
}

// tagged are blocks that stand between two tags, with words about them before.
type tagged struct {
	name  string
	about [][2]string // tag and text; those without a text are left out
}

// around gives the blocks with the tags, texts that are neighbours as one.
func (t tagged) around(inner ...conversation.Block) []conversation.Block {
	// What is within must not be able to end it.
	var all strings.Builder
	for _, b := range inner {
		if text, ok := b.(conversation.Text); ok {
			all.WriteString(text.Text)
		}
	}
	for _, about := range t.about {
		all.WriteString(about[1])
	}
	for base, n := t.name, 2; strings.Contains(all.String(), "</"+t.name); n++ {
		t.name = fmt.Sprintf("%s_%d", base, n)
	}
	var head strings.Builder
	fmt.Fprintf(&head, "<%s>\n", t.name)
	for _, about := range t.about {
		if about[1] != "" {
			fmt.Fprintf(&head, "<%s>%s</%[1]s>\n", about[0], about[1])
		}
	}
	fmt.Fprintf(&head, "<%s_content>\n", t.name)
	out := []conversation.Block{conversation.Text{Text: head.String()}}
	add := func(text string) {
		last := len(out) - 1
		before, ok := out[last].(conversation.Text)
		switch {
		case !ok:
			out = append(out, conversation.Text{Text: text})
		case strings.HasSuffix(before.Text, "\n"):
			out[last] = conversation.Text{Text: before.Text + text}
		default:
			out[last] = conversation.Text{Text: before.Text + "\n" + text}
		}
	}
	for _, b := range inner {
		if text, ok := b.(conversation.Text); ok {
			add(text.Text)
		} else {
			out = append(out, b)
		}
	}
	add(fmt.Sprintf("</%s_content>\n</%[1]s>\n", t.name))
	return out
}
