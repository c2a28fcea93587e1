// Package media reads the pictures and files in a request, in whatever form a client
// sends them, and gives them in the one that upstream takes.
//
//	ImageURL   a data URL, or the https address of a picture
//	ImageData  a picture, as base64 alone or as a data URL
//	FileURL    the https address of a PDF, or a data URL
//	FileData   a PDF, as a data URL or as base64 alone
//
// The bytes themselves decide on the media type: clients often say a wrong one, and
// upstream refuses it. Errors name the value by its path; see [jsonbody.Value].
//
// Everything here is pure, and may be called by any number of goroutines.
package media
