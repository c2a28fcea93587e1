import { question, show } from "../scenario.mjs";
import { failure, model } from "./_client.mjs";

const errors = [];
for (const content of question.split(" ")) {
  await model.invoke(content).catch((err) => errors.push(failure(err)));
}
show({ errors });
