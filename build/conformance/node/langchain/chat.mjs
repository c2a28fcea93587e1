import { show } from "../scenario.mjs";
import { finishOf, messages, model, usageOf } from "./_client.mjs";

const answer = await model.invoke(messages);
show({ text: answer.text, finish: finishOf(answer.response_metadata), usage: usageOf(answer.usage_metadata) });
