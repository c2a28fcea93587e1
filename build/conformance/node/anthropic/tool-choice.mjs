import { show } from "../scenario.mjs";
import { ask, client, tools } from "./_client.mjs";

const stream = client.messages.stream({ ...ask, tools, tool_choice: { type: "tool", name: "get_weather" } });
let pieces = 0;
stream.on("inputJson", (piece) => { if (piece) pieces++; });
const { content, stop_reason } = await stream.finalMessage();
show({
  pieces, finish: stop_reason,
  calls: content.filter((block) => block.type === "tool_use")
    .map((call) => ({ id: call.id, name: call.name, arguments: JSON.stringify(call.input) })),
});
