import { generateText } from "ai";
import { question, show } from "../scenario.mjs";
import { failure, model } from "./_client.mjs";

const errors = [];
for (const prompt of question.split(" ")) {
  await generateText({ model, prompt, maxRetries: 0 }).catch((err) => errors.push(failure(err)));
}
show({ errors });
