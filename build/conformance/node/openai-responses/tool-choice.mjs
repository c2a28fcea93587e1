import { model, show } from "../scenario.mjs";
import { client, input, tools } from "./_client.mjs";

const stream = client.responses.stream({ model, input, tools, tool_choice: { type: "function", name: "get_weather" } });
let pieces = 0;
stream.on("response.function_call_arguments.delta", () => pieces++);
const { output, status } = await stream.finalResponse();
show({
  pieces, finish: status,
  calls: output.filter((item) => item.type === "function_call")
    .map((call) => ({ id: call.call_id, name: call.name, arguments: call.arguments })),
});
