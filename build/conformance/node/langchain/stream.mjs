import { show } from "../scenario.mjs";
import { messages, model, usageOf } from "./_client.mjs";

let answer, pieces = 0;
for await (const chunk of await model.stream(messages)) {
  if (chunk.text) pieces++;
  answer = answer ? answer.concat(chunk) : chunk;
}
show({ text: answer.text, pieces, finish: answer.response_metadata.finish_reason, usage: usageOf(answer.usage_metadata) });
