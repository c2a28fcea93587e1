import { isStepCount, streamText } from "ai";
import { ran, show } from "../scenario.mjs";
import { model, prompt, tools } from "./_client.mjs";

const answer = streamText({ model, ...prompt, tools, stopWhen: isStepCount(5) });
let pieces = 0;
for await (const _ of answer.textStream) pieces++;
show({ text: await answer.text, ran, pieces });
