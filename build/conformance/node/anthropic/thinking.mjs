import { show } from "../scenario.mjs";
import { ask, client, textOf } from "./_client.mjs";

const answer = await client.messages.create({ ...ask, thinking: { type: "adaptive" } });
show({ thought: answer.content.find((block) => block.type === "thinking").thinking, text: textOf(answer) });
