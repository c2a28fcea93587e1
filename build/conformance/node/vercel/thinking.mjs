import { generateText } from "ai";
import { show } from "../scenario.mjs";
import { model, prompt } from "./_client.mjs";

const { reasoningText, text } = await generateText({ model, ...prompt });
show({ thought: reasoningText, text });
