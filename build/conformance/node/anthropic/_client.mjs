// Anthropic's own client for JavaScript.
import Anthropic, { APIError } from "@anthropic-ai/sdk";
import { apiKey, baseURL, functions, maxTokens, model, parameters, question, system } from "../scenario.mjs";

// Each failure is to be seen once, not what a repetition makes of it.
export const client = new Anthropic({ baseURL: baseURL.replace(/\/v1$/, ""), apiKey, maxRetries: 0 });

export const ask = { model, max_tokens: maxTokens, system, messages: [{ role: "user", content: question }] };

export const tools = Object.entries(functions).map(([name, { description }]) => ({ name, description, input_schema: parameters }));

export const textOf = ({ content }) => content.filter((block) => block.type === "text").map((block) => block.text).join("");

// loop is that of Anthropic's guide: run what was called, bring the results.
export async function loop(turn) {
  const messages = [...ask.messages];
  for (;;) {
    const answer = await turn({ ...ask, messages, tools });
    if (answer.stop_reason !== "tool_use") return answer;
    messages.push({ role: "assistant", content: answer.content }, {
      role: "user",
      content: answer.content.filter((block) => block.type === "tool_use").map((call) => (
        { type: "tool_result", tool_use_id: call.id, content: functions[call.name].run(call.input) })),
    });
  }
}

export const usageOf = (usage) => ({ prompt: usage.input_tokens, completion: usage.output_tokens });

// failure is what a program learns from an error; the type is Anthropic's word for a code.
export function failure(err) {
  if (!(err instanceof APIError)) throw err;
  return { class: err.constructor.name, status: err.status, code: err.type, message: err.message };
}
