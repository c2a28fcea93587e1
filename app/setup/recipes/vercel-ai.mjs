import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText } from "ai";

const claude = createOpenAICompatible({
  name: "claude-proxy",
  baseURL: "{{.BaseURL}}",
  apiKey: {{if .Keyed}}process.env.CLAUDE_MAX_API_KEY{{else}}"not-needed"{{end}},
  includeUsage: true,
  supportsStructuredOutputs: true,
});
const { text } = await generateText({ model: claude("claude-opus-4"), prompt: "Hello!" });
console.log(text);
