import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: "{{.Origin}}", apiKey: {{if .Keyed}}process.env.CLAUDE_MAX_API_KEY{{else}}"not-needed"{{end}} });
const message = await client.messages.create({
  model: "claude-opus-4",
  max_tokens: 1024,
  messages: [{ role: "user", content: "Hello!" }],
});
console.log(message.content.map((block) => (block.type === "text" ? block.text : "")).join(""));
