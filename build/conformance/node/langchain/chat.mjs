import { show } from "../scenario.mjs";
import { messages, model, usageOf } from "./_client.mjs";

const answer = await model.invoke(messages);
show({ text: answer.text, finish: answer.response_metadata.finish_reason, usage: usageOf(answer.usage_metadata) });
