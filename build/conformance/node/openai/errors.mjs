import { model, question, show } from "../scenario.mjs";
import { client, failure } from "./_client.mjs";

const errors = [];
for (const content of question.split(" ")) {
  await client.chat.completions.create({ model, messages: [{ role: "user", content }] })
    .catch((err) => errors.push(failure(err)));
}
show({ errors });
