import { maxTokens, model, question, show, system } from "../scenario.mjs";
import { client, usageOf } from "./_client.mjs";

const { _request_id, ...answer } = await client.responses.create({
  model, instructions: system, input: question, max_output_tokens: maxTokens,
});
const { output_text, ...raw } = answer; // the SDK's own addition
show({ text: output_text, finish: answer.status, usage: usageOf(answer.usage), raw: [raw] });
