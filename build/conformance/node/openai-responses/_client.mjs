// OpenAI's own client for JavaScript, with the Responses API.
import OpenAI, { APIError } from "openai";
import { apiKey, baseURL, functions, parameters, system, question } from "../scenario.mjs";

// Each failure is to be seen once, not what a repetition makes of it.
export const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });

export const input = [{ role: "developer", content: system }, { role: "user", content: question }];

export const tools = Object.entries(functions).map(([name, { description }]) => (
  { type: "function", name, description, parameters, strict: true }));

// results runs what a response calls.
export const results = ({ output }) => output.filter((item) => item.type === "function_call").map((call) => ({
  type: "function_call_output", call_id: call.call_id, output: functions[call.name].run(JSON.parse(call.arguments)),
}));

export const usageOf = (usage) => ({ prompt: usage.input_tokens, completion: usage.output_tokens });

// failure is what a program learns from an error.
export function failure(err) {
  if (!(err instanceof APIError)) throw err;
  return { class: err.constructor.name, status: err.status, code: err.code, param: err.param, message: err.message };
}
