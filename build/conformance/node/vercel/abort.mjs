import { streamText } from "ai";
import { show } from "../scenario.mjs";
import { model, prompt } from "./_client.mjs";

const abort = new AbortController();
for await (const _ of streamText({ model, ...prompt, abortSignal: abort.signal }).textStream) abort.abort();
show({});
