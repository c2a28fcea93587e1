import { generateText, Output } from "ai";
import { show } from "../scenario.mjs";
import { model, prompt } from "./_client.mjs";

show({ value: (await generateText({ model, ...prompt, output: Output.json() })).output });
