import { model, show } from "../scenario.mjs";
import { client, messages, tools } from "./_client.mjs";

const stream = client.chat.completions.stream({
  model, messages, tools, tool_choice: { type: "function", function: { name: "get_weather" } },
});
let pieces = 0;
stream.on("tool_calls.function.arguments.delta", () => pieces++);
const [{ message, finish_reason }] = (await stream.finalChatCompletion()).choices;
show({
  pieces, finish: finish_reason,
  calls: message.tool_calls.map((call) => ({ id: call.id, name: call.function.name, arguments: call.function.arguments })),
});
