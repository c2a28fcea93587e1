import { streamText } from "ai";
import { maxTokens, show } from "../scenario.mjs";
import { model, prompt, usageOf } from "./_client.mjs";

const answer = streamText({ model, ...prompt, maxOutputTokens: maxTokens });
const pieces = [];
for await (const piece of answer.textStream) pieces.push(piece);
show({ text: pieces.join(""), pieces: pieces.length, finish: await answer.finishReason, usage: usageOf(await answer.usage) });
