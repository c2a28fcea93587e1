// Several steps: the SDK runs the tools and asks again until there is an answer.
import { generateText, isStepCount } from "ai";
import { ran, show } from "../scenario.mjs";
import { model, prompt, tools } from "./_client.mjs";

const { text } = await generateText({ model, ...prompt, tools, stopWhen: isStepCount(5) });
show({ text, ran });
