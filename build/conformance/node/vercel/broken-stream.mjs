import { streamText } from "ai";
import { show } from "../scenario.mjs";
import { model, prompt } from "./_client.mjs";

const errors = [];
let text = "";
// The error is a part of the stream; it would be logged, too.
for await (const part of streamText({ model, ...prompt, onError: () => {} }).fullStream) {
  if (part.type === "text-delta") text += part.text;
  if (part.type === "error") errors.push({ code: part.error.code, message: part.error.message });
}
show({ text, errors });
