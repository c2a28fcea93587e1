import OpenAI from "openai";

const client = new OpenAI({ baseURL: "{{.BaseURL}}", apiKey: {{if .Keyed}}process.env.CLAUDE_MAX_API_KEY{{else}}"not-needed"{{end}} });
const answer = await client.chat.completions.create({
  model: "claude-opus-4",
  messages: [{ role: "user", content: "Hello!" }],
});
console.log(answer.choices[0].message.content);
