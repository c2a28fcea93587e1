import { generateText } from "ai";
import { maxTokens, show } from "../scenario.mjs";
import { model, prompt, usageOf } from "./_client.mjs";

const { text, finishReason, usage } = await generateText({ model, ...prompt, maxOutputTokens: maxTokens });
show({ text, finish: finishReason, usage: usageOf(usage) });
