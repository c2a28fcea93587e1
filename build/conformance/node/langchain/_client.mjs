// LangChain's client for OpenAI's APIs.
import { HumanMessage, SystemMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { APIError } from "openai";
import { api, apiKey, baseURL, functions, maxTokens, model as name, parameters, question, system } from "../scenario.mjs";

// Each failure is to be seen once, not what a repetition makes of it.
export const model = new ChatOpenAI({
  model: name, maxTokens, apiKey, configuration: { baseURL }, maxRetries: 0, useResponsesApi: api === "responses",
});

export const messages = [new SystemMessage(system), new HumanMessage(question)];

export const tools = Object.entries(functions).map(([name, { description, run }]) =>
  tool(run, { name, description, schema: parameters }));

// The loop that LangChain's users write: run what was called, bring the results.
export async function loop(ask) {
  const history = [...messages];
  for (;;) {
    const answer = await ask(history);
    history.push(answer);
    if (!answer.tool_calls?.length) return answer;
    for (const call of answer.tool_calls) {
      history.push(await tools.find((t) => t.name === call.name).invoke(call));
    }
  }
}

export const finishOf = ({ finish_reason, status }) => finish_reason ?? status;
export const usageOf = (usage) => ({ prompt: usage.input_tokens, completion: usage.output_tokens });

// failure is what a program learns from an error, which is OpenAI's client's.
export function failure(err) {
  if (!(err instanceof APIError)) throw err;
  return { class: err.constructor.name, status: err.status, code: err.code, param: err.param, message: err.message };
}
