// OpenAI's own client for JavaScript.
import OpenAI, { APIError } from "openai";
import { apiKey, baseURL, functions, parameters, system, question } from "../scenario.mjs";

// Each failure is to be seen once, not what a repetition makes of it.
export const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });

export const messages = [{ role: "system", content: system }, { role: "user", content: question }];

export const tools = Object.entries(functions).map(([name, { description, run }]) => ({
  type: "function", function: { name, description, parameters, parse: JSON.parse, function: run },
}));

export const usageOf = (usage) => ({ prompt: usage.prompt_tokens, completion: usage.completion_tokens });

// failure is what a program learns from an error.
export function failure(err) {
  if (!(err instanceof APIError)) throw err;
  return { class: err.constructor.name, status: err.status, code: err.code, param: err.param, message: err.message };
}
