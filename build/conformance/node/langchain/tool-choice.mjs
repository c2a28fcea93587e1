import { show } from "../scenario.mjs";
import { finishOf, messages, model, tools } from "./_client.mjs";

let answer, pieces = 0;
for await (const chunk of await model.bindTools(tools, { tool_choice: "get_weather" }).stream(messages)) {
  pieces += chunk.tool_call_chunks.filter((call) => call.args).length;
  answer = answer ? answer.concat(chunk) : chunk;
}
show({
  pieces, finish: finishOf(answer.response_metadata),
  calls: answer.tool_calls.map((call) => ({ id: call.id, name: call.name, arguments: JSON.stringify(call.args) })),
});
