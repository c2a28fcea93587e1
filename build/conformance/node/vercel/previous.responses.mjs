import { generateText } from "ai";
import { show } from "../scenario.mjs";
import { model, prompt } from "./_client.mjs";

const first = await generateText({ model, ...prompt });
const { responseId: previousResponseId } = first.providerMetadata.openai;
const second = await generateText({ model, prompt: "And then?", providerOptions: { openai: { previousResponseId } } });
show({ text: second.text });
