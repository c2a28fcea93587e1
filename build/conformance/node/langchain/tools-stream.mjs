import { ran, show } from "../scenario.mjs";
import { loop, model, tools } from "./_client.mjs";

const bound = model.bindTools(tools);
let pieces = 0;
const answer = await loop(async (history) => {
  let answer;
  for await (const chunk of await bound.stream(history)) {
    if (chunk.text) pieces++;
    answer = answer ? answer.concat(chunk) : chunk;
  }
  return answer;
});
show({ text: answer.text, ran, pieces });
