package anthropic

import (
	"slices"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/schema"
)

// effortPath is where a request says how much effort the answer is worth.
const effortPath = "output_config.effort"

// efforts are the levels of output_config.effort.
var efforts = []conversation.Effort{
	conversation.LowEffort, conversation.MediumEffort, conversation.HighEffort, conversation.XHighEffort, conversation.MaxEffort,
}

// readOutput reads how the answer is to be written. older is the format's former place.
func (r *Request) readOutput(v, older jsonbody.Value) *conversation.Error {
	format := older
	if !v.IsNull() {
		if v.Type() != jsonbody.Object {
			return v.Want("an object")
		}
		for name, member := range v.Members() {
			switch name {
			case "effort", "format":
			default:
				if !member.IsNull() {
					r.ignore("output_config." + name)
				}
			}
		}
		members := v.Pick("effort", "format")
		if err := r.readEffort(members.Get("effort")); err != nil {
			return err
		}
		if newer := members.Get("format"); !newer.IsNull() {
			format = newer
		}
	}
	return r.readFormat(format)
}

func (r *Request) readEffort(v jsonbody.Value) *conversation.Error {
	const levels = "low, medium, high, xhigh or max"
	if v.IsNull() {
		return nil
	}
	word, _ := v.Text()
	effort := conversation.Effort(word)
	if !slices.Contains(efforts, effort) {
		return v.WantWord(levels)
	}
	r.conversation.Effort = effort
	return nil
}

// readFormat reads the form that the answer is to have. Upstream sees to it, as it does for
// everybody: which schemas it takes is for it to say.
func (r *Request) readFormat(v jsonbody.Value) *conversation.Error {
	if v.IsNull() {
		return nil
	}
	if v.Type() != jsonbody.Object {
		return v.Want("an object with type and schema")
	}
	members := v.Pick("type", "schema")
	kind, form := members.Get("type"), members.Get("schema")
	if word, err := kind.Text(); err != nil || word != "json_schema" {
		return kind.WantWord("json_schema")
	}
	if form.Type() != jsonbody.Object {
		return form.Want("an object, a JSON Schema")
	}
	r.conversation.Schema = form.Raw()
	return schema.Check(form)
}
