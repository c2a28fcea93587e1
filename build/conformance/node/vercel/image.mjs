import { generateText } from "ai";
import { dot, question, show } from "../scenario.mjs";
import { model } from "./_client.mjs";

const content = [{ type: "text", text: question }, { type: "file", mediaType: "image/png", data: dot }];
const { text } = await generateText({ model, messages: [{ role: "user", content }] });
show({ text });
