package claude

import (
	"bytes"
	"encoding/json"
	"strconv"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// settings are a request's parameters in the form that the CLI takes them. They can
// be changed in a process that runs, so they are no part of what it has heard: each
// turn gets exactly its own. The zero value is what a new process has.
type settings struct {
	maxTokens string // CLAUDE_CODE_MAX_OUTPUT_TOKENS; "" leaves it to the CLI
	extraBody string // CLAUDE_CODE_EXTRA_BODY, a JSON object; "" for none
	deliberation
}

// extraBody is what is merged into the body of the CLI's requests: parameters
// only. Model, messages, system and tools are the CLI's to send.
type extraBody struct {
	Temperature   *float64 `json:"temperature,omitempty"`
	TopP          *float64 `json:"top_p,omitempty"`
	StopSequences []string `json:"stop_sequences,omitempty"`
	// ToolChoice is nil for the usual one.
	ToolChoice map[string]any `json:"tool_choice,omitempty"`
	// OutputConfig is merged with the CLI's own, which has the effort in it.
	OutputConfig *outputConfig `json:"output_config,omitempty"`
}

type outputConfig struct {
	Format outputFormat `json:"format"`
}

type outputFormat struct {
	Type   string          `json:"type"`
	Schema json.RawMessage `json:"schema"`
}

// newSettings gives the settings for a request to the model that the CLI knows by that
// name, and the names of parameters that it cannot honour.
func newSettings(value string, r *conversation.Request, listed []listedModel, t *thoughts) (s settings, ignored []string, err error) {
	s.deliberation, ignored = deliberationOf(value, r, listed, t)
	if r.MaxTokens > 0 {
		s.maxTokens = strconv.Itoa(r.MaxTokens)
	}
	body := extraBody{StopSequences: r.Stop, ToolChoice: toolChoice(r)}
	// Upstream refuses both beside thinking, which the CLI asks for wherever it may.
	if s.tokens == "0" {
		body.Temperature, body.TopP = r.Temperature, r.TopP
	} else {
		if r.Temperature != nil {
			ignored = append(ignored, conversation.TemperatureParam)
		}
		if r.TopP != nil {
			ignored = append(ignored, conversation.TopPParam)
		}
	}
	if r.Schema != nil {
		body.OutputConfig = &outputConfig{outputFormat{"json_schema", r.Schema}}
	}
	extra, err := json.Marshal(body)
	if string(extra) != "{}" {
		s.extraBody = string(extra)
	}
	return s, ignored, err
}

// adjust adds the lines that bring the process from the model and the settings it
// has to those of a turn. It says what changes and nothing else: the CLI keeps what
// it is not told, and takes an empty variable for none.
func (s *session) adjust(lines *bytes.Buffer, o opening) error {
	var late streamjson.FlagSettings
	if s.model != o.model {
		late.Model, s.model = o.model, o.model
	}
	late.Env = map[string]string{}
	if s.settings.maxTokens != o.settings.maxTokens {
		late.Env["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] = o.settings.maxTokens
	}
	if s.settings.extraBody != o.settings.extraBody {
		late.Env["CLAUDE_CODE_EXTRA_BODY"] = o.settings.extraBody
	}
	if s.settings.effort != o.settings.effort {
		late.SetEffort(string(o.settings.effort))
	}
	thinks := s.settings.tokens == o.settings.tokens
	s.settings = o.settings
	if !thinks {
		// The variable MAX_THINKING_TOKENS would be read at the start only, and a
		// "thinking" of ours in the body would contradict the rest of it.
		if err := streamjson.AppendControl(lines, "thinking", streamjson.NewThinking(o.settings.tokens)); err != nil {
			return err
		}
	}
	if late.Model == "" && len(late.Env) == 0 && late.EffortLevel == nil {
		return nil
	}
	return streamjson.AppendControl(lines, "settings", streamjson.NewFlagSettings(late))
}
