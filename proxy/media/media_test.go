package media_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/media"
)

// value makes the string the member "v" of a body.
func value(t testing.TB, s string) jsonbody.Value {
	quoted, err := json.Marshal(s)
	require.NoError(t, err)
	body, bad := jsonbody.Parse([]byte(`{"v":` + string(quoted) + `}`))
	require.Nil(t, bad)
	for _, v := range body.Members() {
		return v
	}
	return jsonbody.Value{}
}

func TestPicturesAreTakenInEveryFormInUse(t *testing.T) {
	for name, test := range map[string]struct {
		address string
		want    conversation.Source
	}{
		"png":                  {"data:image/png;base64,iVBORw0KGgoA", conversation.Source{Data: "iVBORw0KGgoA", MediaType: "image/png"}},
		"jpg for jpeg":         {"data:image/jpg;base64,/9j/4AAQSkZJRgAB", conversation.Source{Data: "/9j/4AAQSkZJRgAB", MediaType: "image/jpeg"}},
		"capitals":             {"DATA:Image/GIF;Base64,R0lGODlh", conversation.Source{Data: "R0lGODlh", MediaType: "image/gif"}},
		"parameters":           {"data:image/webp;charset=utf-8;name=a.webp;base64,UklGRiQAAABXRUJQVlA4", conversation.Source{Data: "UklGRiQAAABXRUJQVlA4", MediaType: "image/webp"}},
		"line breaks":          {" data:image/png;base64,iVBO\r\n Rw0KGgoA\n", conversation.Source{Data: "iVBORw0KGgoA", MediaType: "image/png"}},
		"no padding":           {"data:image/png;base64,iVBORw0KGgoAAA", conversation.Source{Data: "iVBORw0KGgoAAA==", MediaType: "image/png"}},
		"half a padding":       {"data:image/png;base64,iVBORw0KGgoAAA=", conversation.Source{Data: "iVBORw0KGgoAAA==", MediaType: "image/png"}},
		"padding":              {"data:image/png;base64,iVBORw0KGgoAAAA=", conversation.Source{Data: "iVBORw0KGgoAAAA=", MediaType: "image/png"}},
		"URL-safe":             {"data:image/png;base64,iVBORw0KGgoAA-_AAA", conversation.Source{Data: "iVBORw0KGgoAA+/AAA==", MediaType: "image/png"}},
		"escaped":              {"data:image/png;base64,iVBORw0KGgoAA%2B%2FAAA%3D%3D", conversation.Source{Data: "iVBORw0KGgoAA+/AAA==", MediaType: "image/png"}},
		"a JPEG called PNG":    {"data:image/png;base64,/9j/4AAQSkZJRgAB", conversation.Source{Data: "/9j/4AAQSkZJRgAB", MediaType: "image/jpeg"}},
		"a PNG without a type": {"data:;base64,iVBORw0KGgoAAAAN", conversation.Source{Data: "iVBORw0KGgoAAAAN", MediaType: "image/png"}},
		"a WebP called JPEG":   {"data:image/jpeg;base64,UklGRiQAAABXRUJQVlA4", conversation.Source{Data: "UklGRiQAAABXRUJQVlA4", MediaType: "image/webp"}},
		"an address":           {"https://example.com/a.png?b=c#d", conversation.Source{URL: "https://example.com/a.png?b=c#d"}},
		"an address, HTTPS":    {"HTTPS://example.com/a.png", conversation.Source{URL: "HTTPS://example.com/a.png"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := media.ImageURL(value(t, test.address))
			require.Nil(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestPicturesThatDoNotGoSayWhy(t *testing.T) {
	for address, want := range map[string]string{
		"data:image/png;base64,AAAA":         `v says that it is a picture of type "image/png", but its bytes are none that can be read`,
		"":                                   "v is empty; send a data URL or an https URL.",
		"http://example.com/a.png":           `v must be a data URL (data:image/png;base64,…) or an https URL, got "http:".`,
		"file:///etc/passwd":                 `got "file:".`,
		"picture.png":                        "got one without a scheme.",
		"https://":                           "v has no host",
		"https://exa mple.com/":              "v is not a valid URL",
		"data:image/png":                     "v is a data URL without a comma",
		"data:image/png,AAAA":                "v is a data URL that is not marked as base64",
		"data:base64,AAAA":                   "v is a data URL that is not marked as base64",
		"data:image/png;base64,":             "v holds no valid base64 after the comma.",
		"data:image/png;base64,====":         "v holds no valid base64 after the comma.",
		"data:image/png;base64,A":            "v holds no valid base64 after the comma.",
		"data:image/png;base64,AA=A":         "v holds no valid base64 after the comma.",
		"data:image/png;base64,AAAAA===":     "v holds no valid base64 after the comma.",
		"data:image/png;base64,AAé=":         "v holds no valid base64 after the comma.",
		"data:image/svg+xml;base64,PHN2Zz4=": `v is of type "image/svg+xml", which the model does not take; send one of image/jpeg, image/png, image/gif, image/webp.`,
	} {
		t.Run(address, func(t *testing.T) {
			_, err := media.ImageURL(value(t, address))
			require.NotNil(t, err)
			assert.Equal(t, "v", err.Param)
			assert.Contains(t, err.Message, want)
		})
	}
}

func TestFilesArePDFs(t *testing.T) {
	pdf := base64.StdEncoding.EncodeToString([]byte("%PDF-1.7 …"))
	for name, test := range map[string]struct{ data, filename string }{
		"a data URL":             {"data:application/pdf;base64," + pdf, ""},
		"base64 with a name":     {pdf, "a.PDF"},
		"base64 without a name":  {pdf, ""},
		"no type but a name":     {"data:application/octet-stream;base64," + pdf, "a.pdf"},
		"no type but PDF inside": {"data:application/octet-stream;base64," + pdf, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := media.FileData(value(t, test.data), test.filename)
			require.Nil(t, err)
			assert.Equal(t, conversation.Source{Data: pdf, MediaType: "application/pdf"}, got)
		})
	}
	for name, test := range map[string]struct{ data, filename, want string }{
		"text":                  {"data:text/plain;base64,AAAA", "a.pdf", "v is not a PDF"},
		"base64 of who knows":   {"AAAA", "a.docx", "v is not a PDF"},
		"an address":            {"https://example.com/a.pdf", "a.pdf", "an address does not go"},
		"no base64":             {"%PDF-1.7", "a.pdf", "v is neither a data URL nor valid base64."},
		"nothing":               {"", "a.pdf", "v is neither a data URL nor valid base64."},
		"a data URL w/o base64": {"data:application/pdf,x", "a.pdf", "not marked as base64"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := media.FileData(value(t, test.data), test.filename)
			require.NotNil(t, err)
			assert.Contains(t, err.Message, test.want)
		})
	}
}

func FuzzImageURLGivesStandardBase64OrAnError(f *testing.F) {
	for _, seed := range []string{"AAAA", "A-_AAA", "AA==", "A A\nA", "%2B", "=", "AAA=A"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		source, err := media.ImageURL(value(t, "data:image/png;base64,"+data))
		if err != nil {
			return
		}
		require.False(t, strings.ContainsAny(source.Data, "\r\n"))
		_, decodeErr := base64.StdEncoding.DecodeString(source.Data)
		require.NoError(t, decodeErr)
	})
}

func TestPicturesAndFilesComeWithoutADataURLToo(t *testing.T) {
	for name, test := range map[string]struct {
		read     func(jsonbody.Value) (conversation.Source, *conversation.Error)
		contents string
		want     conversation.Source
	}{
		"base64":              {media.ImageData, "iVBORw0KGgoA", conversation.Source{Data: "iVBORw0KGgoA", MediaType: "image/png"}},
		"base64 in lines":     {media.ImageData, "/9j/4AAQ\nSkZJRgAB", conversation.Source{Data: "/9j/4AAQSkZJRgAB", MediaType: "image/jpeg"}},
		"a data URL":          {media.ImageData, "data:image/png;base64,iVBORw0KGgoA", conversation.Source{Data: "iVBORw0KGgoA", MediaType: "image/png"}},
		"a PDF's address":     {media.FileURL, " https://example.com/a.pdf", conversation.Source{URL: "https://example.com/a.pdf"}},
		"a PDF in a data URL": {media.FileURL, "data:application/pdf;base64,JVBERi0x", conversation.Source{Data: "JVBERi0x", MediaType: "application/pdf"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.read(value(t, test.contents))
			require.Nil(t, err)
			assert.Equal(t, test.want, got)
		})
	}
	for contents, want := range map[string]string{
		"AAAA":                      "v is no picture that can be read; send a whole file of one of image/jpeg",
		"https://example.com/a.png": "v is not valid base64.",
		"":                          "v is not valid base64.",
	} {
		_, err := media.ImageData(value(t, contents))
		require.NotNil(t, err)
		assert.Contains(t, err.Message, want)
	}
	_, err := media.FileURL(value(t, "http://example.com/a.pdf"))
	require.NotNil(t, err)
	assert.Contains(t, err.Message, `or an https URL, got "http:".`)
}
