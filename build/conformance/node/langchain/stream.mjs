import { show } from "../scenario.mjs";
import { finishOf, messages, model, usageOf } from "./_client.mjs";

let answer, pieces = 0;
for await (const chunk of await model.stream(messages)) {
  if (chunk.text) pieces++;
  answer = answer ? answer.concat(chunk) : chunk;
}
show({ text: answer.text, pieces, finish: finishOf(answer.response_metadata), usage: usageOf(answer.usage_metadata) });
