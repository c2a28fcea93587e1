import { streamText } from "ai";
import { show } from "../scenario.mjs";
import { model, prompt, tools } from "./_client.mjs";

const answer = streamText({ model, ...prompt, tools, toolChoice: { type: "tool", toolName: "get_weather" } });
let pieces = 0;
for await (const part of answer.fullStream) {
  if (part.type === "tool-input-delta") pieces++;
}
show({
  pieces, finish: (await answer.rawFinishReason) ?? (await answer.finishReason),
  calls: (await answer.toolCalls).map((call) => ({ id: call.toolCallId, name: call.toolName, arguments: JSON.stringify(call.input) })),
});
