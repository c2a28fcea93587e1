import { streamText } from "ai";
import { show, thrown } from "../scenario.mjs";
import { model, prompt } from "./_client.mjs";

const errors = [];
let text = "";
const answer = streamText({ model, ...prompt, onError: ({ error }) => errors.push(thrown(error, error.statusCode, error.data?.error.code)) });
for await (const piece of answer.textStream) text += piece;
show({ text, errors });
