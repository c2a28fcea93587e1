package responses

import (
	"fmt"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/media"
)

// partReader reads the content parts of one role; ok is false for a type it does not know.
type partReader struct {
	read func(kind string, v jsonbody.Value) (block conversation.Block, ok bool, err *conversation.Error)
	// takes lists the types for the error message.
	takes string
}

var (
	textParts = partReader{readText, "input_text"}

	assistantParts = partReader{func(kind string, v jsonbody.Value) (conversation.Block, bool, *conversation.Error) {
		if kind == "refusal" {
			text, err := v.Pick("refusal").Get("refusal").Text()
			return conversation.Text{Text: text}, true, err
		}
		return readText(kind, v)
	}, "output_text or refusal"}

	userParts = partReader{func(kind string, v jsonbody.Value) (conversation.Block, bool, *conversation.Error) {
		switch kind {
		case "input_image", "image_url":
			block, err := readImage(v)
			return block, true, err
		case "input_file":
			block, err := readFile(v)
			return block, true, err
		case "input_audio", "input_video":
			return nil, true, v.Invalid(fmt.Sprintf("%s is %q, but the model takes neither audio nor video.", v.Path(), kind))
		default:
			return readText(kind, v)
		}
	}, "input_text, input_image or input_file"}
)

// readContent reads a message's content, or a call's output. It may be null, as
// some clients send it for "nothing", but it may not be missing: that is a
// misspelt name, and what was meant would be lost.
func readContent(v jsonbody.Value, parts partReader) (blocks []conversation.Block, err *conversation.Error) {
	switch v.Type() {
	case jsonbody.Null:
		if v.Absent() {
			return nil, v.Want("a string or an array of content parts")
		}
		return nil, nil
	case jsonbody.String:
		text, err := v.Text()
		return []conversation.Block{conversation.Text{Text: text}}, err
	case jsonbody.Array:
		for _, element := range v.Elements() {
			block, err := readPart(element, parts)
			if err != nil {
				return nil, err
			}
			blocks = append(blocks, block)
		}
		return blocks, nil
	default:
		return nil, v.Want("a string or an array of content parts")
	}
}

func readPart(v jsonbody.Value, parts partReader) (conversation.Block, *conversation.Error) {
	if v.Type() != jsonbody.Object {
		return nil, v.Want("an object with a type")
	}
	kindOf := v.Pick("type").Get("type")
	kind, _ := kindOf.Text()
	block, ok, err := parts.read(kind, v)
	if !ok {
		return nil, kindOf.WantWord(parts.takes)
	}
	return block, err
}

// readText reads a text. All names of it are taken everywhere: clients mix them up.
func readText(kind string, v jsonbody.Value) (conversation.Block, bool, *conversation.Error) {
	switch kind {
	case "input_text", "output_text", "text", "summary_text", "reasoning_text":
		text, err := v.Pick("text").Get("text").Text()
		return conversation.Text{Text: text}, true, err
	default:
		return nil, false, nil
	}
}

// readImage takes the address alone, and chat completions' {"url": …}. How closely to look
// at the picture (detail) cannot be said to the model, and is left alone.
func readImage(v jsonbody.Value) (conversation.Block, *conversation.Error) {
	members := v.Pick("image_url", "file_id")
	image := members.Get("image_url")
	if err := noFiles(image, members.Get("file_id"), "image_url"); err != nil {
		return nil, err
	}
	if image.Type() == jsonbody.Object {
		image = image.Pick("url").Get("url")
	}
	source, err := media.ImageURL(image)
	return conversation.Image{Source: source}, err
}

func readFile(v jsonbody.Value) (conversation.Block, *conversation.Error) {
	members := v.Pick("file_data", "filename", "file_id", "file_url")
	title := ""
	if name := members.Get("filename"); !name.IsNull() {
		var err *conversation.Error
		if title, err = name.Text(); err != nil {
			return nil, err
		}
	}
	if url := members.Get("file_url"); !url.IsNull() {
		source, err := media.FileURL(url)
		return conversation.Document{Source: source, Title: media.ShortTitle(title)}, err
	}
	data := members.Get("file_data")
	if err := noFiles(data, members.Get("file_id"), "file_data"); err != nil {
		return nil, err
	}
	source, err := media.FileData(data, title)
	return conversation.Document{Source: source, Title: media.ShortTitle(title)}, err
}

// noFiles refuses a file that is known by its id alone.
func noFiles(data, id jsonbody.Value, instead string) *conversation.Error {
	if !data.IsNull() || id.IsNull() {
		return nil
	}
	return id.Invalid(id.Path() + " cannot be used: there is no store of files here; send the file itself in " + instead + ".")
}
