import { show } from "../scenario.mjs";
import { ask, client, textOf, usageOf } from "./_client.mjs";

const answer = await client.messages.create(ask);
show({ text: textOf(answer), finish: answer.stop_reason, usage: usageOf(answer.usage) });
