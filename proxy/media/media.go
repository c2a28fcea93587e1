package media

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// imageTypes are the pictures that the Messages API takes.
var imageTypes = []string{"image/jpeg", "image/png", "image/gif", "image/webp"}

// ImageURL reads the address of a picture: a data URL with base64, or an https
// URL, which upstream fetches and we never do.
//
// The bytes decide on the media type, because upstream refuses a JPEG that calls
// itself PNG, and clients that were written for OpenAI, which looks at the bytes,
// often get it wrong.
func ImageURL(v jsonbody.Value) (conversation.Source, *conversation.Error) {
	address, err := v.Text()
	if err != nil {
		return conversation.Source{}, err
	}
	address = strings.TrimSpace(address)
	if !isDataURL(address) {
		return remoteSource(v, address)
	}
	mediaType, data, err := parseDataURL(v, address)
	if err != nil {
		return conversation.Source{}, err
	}
	sniffed := sniffImage(data)
	if sniffed == "" && isImageType(mediaType) {
		// The CLI would put a text in the picture's place and ask all the same.
		return conversation.Source{}, v.Invalid(fmt.Sprintf(
			"%s says that it is a picture of type %q, but its bytes are none that can be read; send a whole file of one of %s.",
			v.Path(), jsonbody.Shorten(mediaType), strings.Join(imageTypes, ", ")))
	}
	if sniffed == "" {
		return conversation.Source{}, v.Invalid(fmt.Sprintf("%s is of type %q, which the model does not take; send one of %s.",
			v.Path(), jsonbody.Shorten(mediaType), strings.Join(imageTypes, ", ")))
	}
	return conversation.Source{Data: data, MediaType: sniffed}, nil
}

// ImageData reads the bytes of a picture: base64 alone, or a data URL. As with [ImageURL]
// they decide on the media type.
func ImageData(v jsonbody.Value) (conversation.Source, *conversation.Error) {
	contents, err := v.Text()
	if err != nil {
		return conversation.Source{}, err
	}
	if isDataURL(strings.TrimSpace(contents)) {
		return ImageURL(v)
	}
	data, ok := cleanBase64(contents)
	if !ok {
		return conversation.Source{}, v.Invalid(v.Path() + " is not valid base64.")
	}
	sniffed := sniffImage(data)
	if sniffed == "" {
		return conversation.Source{}, v.Invalid(fmt.Sprintf("%s is no picture that can be read; send a whole file of one of %s.",
			v.Path(), strings.Join(imageTypes, ", ")))
	}
	return conversation.Source{Data: data, MediaType: sniffed}, nil
}

// FileURL reads the address of a PDF: an https URL, which upstream fetches and we never
// do, or a data URL.
func FileURL(v jsonbody.Value) (conversation.Source, *conversation.Error) {
	address, err := v.Text()
	if err != nil {
		return conversation.Source{}, err
	}
	if address = strings.TrimSpace(address); isDataURL(address) {
		return FileData(v, "")
	}
	return remoteSource(v, address)
}

// FileData reads a file's contents: a data URL with base64, or base64 alone if
// the filename says what it is. PDF is the only kind that goes.
func FileData(v jsonbody.Value, filename string) (conversation.Source, *conversation.Error) {
	contents, err := v.Text()
	if err != nil {
		return conversation.Source{}, err
	}
	contents = strings.TrimSpace(contents)
	mediaType, data := "", ""
	switch {
	case isDataURL(contents):
		if mediaType, data, err = parseDataURL(v, contents); err != nil {
			return conversation.Source{}, err
		}
	case strings.Contains(contents, "://"):
		return conversation.Source{}, v.Invalid(v.Path() + " must hold the file itself, as data:application/pdf;base64,…; an address does not go.")
	default:
		var ok bool
		if data, ok = cleanBase64(contents); !ok {
			return conversation.Source{}, v.Invalid(v.Path() + " is neither a data URL nor valid base64.")
		}
	}
	named := strings.HasSuffix(strings.ToLower(filename), ".pdf") && (mediaType == "" || mediaType == "application/octet-stream")
	const startOfPDF = "JVBERi0" // "%PDF-"
	if mediaType != "application/pdf" && !named && !strings.HasPrefix(data, startOfPDF) {
		return conversation.Source{}, v.Invalid(v.Path() + " is not a PDF, the only kind of file that the model takes; " +
			"send text as text, and a picture as a picture.")
	}
	return conversation.Source{Data: data, MediaType: "application/pdf"}, nil
}

// ShortTitle keeps to the Messages API's bound for a document's title.
func ShortTitle(title string) string {
	const most = 500 // characters
	if len(title) <= most {
		return title
	}
	if runes := []rune(title); len(runes) > most {
		return string(runes[:most])
	}
	return title
}

func remoteSource(v jsonbody.Value, address string) (conversation.Source, *conversation.Error) {
	parsed, err := url.Parse(address)
	switch {
	case address == "":
		return conversation.Source{}, v.Invalid(v.Path() + " is empty; send a data URL or an https URL.")
	case err != nil:
		return conversation.Source{}, v.Invalid(v.Path() + " is not a valid URL; send a data URL or an https URL.")
	case !strings.EqualFold(parsed.Scheme, "https"):
		got := "one without a scheme"
		if parsed.Scheme != "" {
			got = fmt.Sprintf("%q", jsonbody.Shorten(parsed.Scheme)+":")
		}
		return conversation.Source{}, v.Invalid(fmt.Sprintf(
			"%s must be a data URL (data:image/png;base64,…) or an https URL, got %s.", v.Path(), got))
	case parsed.Hostname() == "":
		return conversation.Source{}, v.Invalid(v.Path() + " has no host; send a data URL or an https URL.")
	}
	return conversation.Source{URL: address}, nil
}

func isDataURL(s string) bool {
	return len(s) >= 5 && strings.EqualFold(s[:5], "data:")
}

// parseDataURL takes data:<type>[;parameter…];base64,<data> apart (RFC 2397). The
// type is given in lower case, without parameters; the data as standard base64.
func parseDataURL(v jsonbody.Value, address string) (mediaType, data string, err *conversation.Error) {
	head, data, ok := strings.Cut(address[len("data:"):], ",")
	if !ok {
		return "", "", v.Invalid(v.Path() + " is a data URL without a comma; send data:<type>;base64,<data>.")
	}
	fields := strings.Split(strings.ToLower(head), ";")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	if !slices.Contains(fields[1:], "base64") {
		return "", "", v.Invalid(v.Path() + " is a data URL that is not marked as base64; send data:<type>;base64,<data>.")
	}
	if strings.Contains(data, "%") {
		// '+', '/' and '=' may stand escaped in a URL.
		if unescaped, err := url.PathUnescape(data); err == nil {
			data = unescaped
		}
	}
	data, ok = cleanBase64(data)
	if !ok {
		return "", "", v.Invalid(v.Path() + " holds no valid base64 after the comma.")
	}
	return fields[0], data, nil
}

// The classes of bytes that base64 in the wild is made of.
const (
	notBase64 = iota
	letter    // of the standard alphabet
	urlLetter // - and _, of the URL-safe one
	space
	padding
)

var base64Class = func() (class [256]byte) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		class[c] = letter
	}
	class['-'], class['_'], class['='] = urlLetter, urlLetter, padding
	class[' '], class['\t'], class['\r'], class['\n'] = space, space, space, space
	return class
}()

// cleanBase64 checks base64 and brings it into the standard alphabet, without
// white space and with its padding. What is clean already is not copied.
func cleanBase64(s string) (string, bool) {
	var seen [padding + 1]int
	for i := range len(s) {
		seen[base64Class[s[i]]]++
	}
	if seen[notBase64] > 0 || seen[letter]+seen[urlLetter] == 0 {
		return "", false
	}
	if seen[space] > 0 {
		s = strings.Join(strings.Fields(s), "")
	}
	letters := strings.TrimRight(s, "=")
	if strings.Contains(letters, "=") || seen[padding] > 2 || len(letters)%4 == 1 {
		return "", false
	}
	if seen[urlLetter] > 0 {
		letters = strings.NewReplacer("-", "+", "_", "/").Replace(letters)
	} else if len(s)%4 == 0 {
		return s, true
	}
	return letters + "=="[:(4-len(letters)%4)%4], true
}

// sniffImage tells a picture's type by its first bytes; "" when it cannot.
func sniffImage(data string) string {
	head := make([]byte, 12)
	n, _ := base64.StdEncoding.Decode(head, []byte(data[:min(len(data), 16)]))
	s := string(head[:n])
	switch {
	case strings.HasPrefix(s, "\xff\xd8\xff"):
		return "image/jpeg"
	case strings.HasPrefix(s, "\x89PNG\r\n\x1a\n"):
		return "image/png"
	case strings.HasPrefix(s, "GIF87a"), strings.HasPrefix(s, "GIF89a"):
		return "image/gif"
	case len(s) == 12 && s[:4] == "RIFF" && s[8:] == "WEBP":
		return "image/webp"
	default:
		return ""
	}
}

func isImageType(mediaType string) bool {
	return mediaType == "image/jpg" || slices.Contains(imageTypes, mediaType)
}
