import { ChatOpenAI } from "@langchain/openai";

const model = new ChatOpenAI({
  model: "claude-opus-4",
  apiKey: {{if .Keyed}}process.env.CLAUDE_MAX_API_KEY{{else}}"not-needed"{{end}},
  configuration: { baseURL: "{{.BaseURL}}" },
});
console.log((await model.invoke("Hello!")).content);
