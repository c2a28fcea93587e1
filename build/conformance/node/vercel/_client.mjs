// Vercel's AI SDK, with its provider for APIs that are compatible with OpenAI's chat
// completions, or with OpenAI's own, which speaks Responses.
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, jsonSchema, tool } from "ai";
import { api, apiKey, baseURL, functions, model as name, parameters, question, system } from "../scenario.mjs";

// Each failure is to be seen once, not what a repetition makes of it.
export const prompt = { instructions: system, prompt: question, maxRetries: 0 };

// What a user gets who declares nothing about the server, and what one gets who
// declares that it enforces schemas, which OpenAI's provider always counts on.
const settings = { name: "proxy", baseURL, apiKey, includeUsage: true };
export const [model, schemaModel] = api === "responses"
  ? [createOpenAI(settings)(name), createOpenAI(settings)(name)]
  : [createOpenAICompatible(settings)(name), createOpenAICompatible({ ...settings, supportsStructuredOutputs: true })(name)];

export const tools = Object.fromEntries(Object.entries(functions).map(([name, { description, run }]) =>
  [name, tool({ description, inputSchema: jsonSchema(parameters), execute: run })]));

export const usageOf = (usage) => ({ prompt: usage.inputTokens, completion: usage.outputTokens });

// failure is what a program learns from an error.
export function failure(err) {
  if (!APICallError.isInstance(err)) throw err;
  const { code, param } = err.data.error;
  return { status: err.statusCode, code, param, message: err.message };
}
