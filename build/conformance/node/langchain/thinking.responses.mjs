import { show } from "../scenario.mjs";
import { messages, model } from "./_client.mjs";

const answer = await model.invoke(messages);
show({ thought: answer.contentBlocks.find((block) => block.type === "reasoning")?.reasoning, text: answer.text });
