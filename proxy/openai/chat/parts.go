package chat

import (
	"fmt"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/media"
)

// part is a content part with its members looked up.
type part struct {
	kind jsonbody.Value
	of   map[string]jsonbody.Value
	at   func(name string) jsonbody.Value
}

// member is the part's member of that name; when absent, it still has a path.
func (p part) member(name string) jsonbody.Value {
	if v, ok := p.of[name]; ok {
		return v
	}
	return p.at(name)
}

// partReader reads the parts of one role; ok is false for a type it does not know.
type partReader struct {
	read func(kind string, p part) (block conversation.Block, ok bool, err *conversation.Error)
	// takes lists the types for the error message.
	takes string
}

// The names input_text and output_text are the Responses API's for text; clients
// that speak both mix them up.
var (
	textParts = partReader{readText, "text"}

	assistantParts = partReader{func(kind string, p part) (conversation.Block, bool, *conversation.Error) {
		if kind == "refusal" {
			text, err := p.member("refusal").Text()
			return conversation.Text{Text: text}, true, err
		}
		return readText(kind, p)
	}, "text or refusal"}

	userParts = partReader{func(kind string, p part) (conversation.Block, bool, *conversation.Error) {
		switch kind {
		case "image_url":
			block, err := readImage(p)
			return block, true, err
		case "file":
			block, err := readFile(p)
			return block, true, err
		case "input_audio", "audio_url", "input_video", "video_url", "video":
			return nil, true, p.kind.Invalid(fmt.Sprintf("%s is %q, but the model takes neither audio nor video.", p.kind.Path(), kind))
		default:
			return readText(kind, p)
		}
	}, "text, image_url or file"}
)

func readPart(v jsonbody.Value, parts partReader) (conversation.Block, *conversation.Error) {
	if v.Type() != jsonbody.Object {
		return nil, v.Want("an object with a type")
	}
	p := part{kind: v.At("type"), of: map[string]jsonbody.Value{}, at: v.At}
	for name, member := range v.Members() {
		switch name {
		case "type":
			p.kind = member
		case "text", "refusal", "image_url", "file":
			p.of[name] = member
		}
	}
	kind, _ := p.kind.Text()
	block, ok, err := parts.read(kind, p)
	if !ok {
		return nil, p.kind.WantWord(parts.takes)
	}
	return block, err
}

func readText(kind string, p part) (conversation.Block, bool, *conversation.Error) {
	switch kind {
	case "text", "input_text", "output_text":
		text, err := p.member("text").Text()
		return conversation.Text{Text: text}, true, err
	default:
		return nil, false, nil
	}
}

// readImage takes {"url":…} as well as the address alone. How closely to look at
// the picture (detail) cannot be said to the model, and is left alone.
func readImage(p part) (conversation.Block, *conversation.Error) {
	image := p.member("image_url")
	address := image
	switch image.Type() {
	case jsonbody.String:
	case jsonbody.Object:
		address = image.At("url")
		for name, v := range image.Members() {
			if name == "url" {
				address = v
			}
		}
	default:
		return nil, image.Want("an object with a url")
	}
	source, err := media.ImageURL(address)
	return conversation.Image{Source: source}, err
}

func readFile(p part) (conversation.Block, *conversation.Error) {
	file := p.member("file")
	if file.Type() != jsonbody.Object {
		return nil, file.Want("an object with filename and file_data")
	}
	data, title := file.At("file_data"), ""
	var id jsonbody.Value
	for name, v := range file.Members() {
		switch name {
		case "file_data":
			data = v
		case "file_id":
			id = v
		case "filename":
			if v.IsNull() {
				continue
			}
			var err *conversation.Error
			if title, err = v.Text(); err != nil {
				return nil, err
			}
		}
	}
	if data.IsNull() && !id.IsNull() {
		return nil, id.Invalid(id.Path() + " cannot be used: there is no store of files here; send the file itself in file_data.")
	}
	source, err := media.FileData(data, title)
	return conversation.Document{Source: source, Title: media.ShortTitle(title)}, err
}
