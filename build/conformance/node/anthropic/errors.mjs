import { question, show } from "../scenario.mjs";
import { ask, client, failure } from "./_client.mjs";

const errors = [];
for (const content of question.split(" ")) {
  await client.messages.create({ ...ask, messages: [{ role: "user", content }] }).catch((err) => errors.push(failure(err)));
}
show({ errors });
