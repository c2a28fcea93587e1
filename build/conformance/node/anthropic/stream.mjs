import { show } from "../scenario.mjs";
import { ask, client, textOf, usageOf } from "./_client.mjs";

const stream = client.messages.stream(ask);
let pieces = 0;
stream.on("text", () => pieces++);
const answer = await stream.finalMessage();
show({ text: textOf(answer), pieces, finish: answer.stop_reason, usage: usageOf(answer.usage) });
