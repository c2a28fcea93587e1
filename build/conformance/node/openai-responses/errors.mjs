import { model, question, show } from "../scenario.mjs";
import { client, failure } from "./_client.mjs";

const errors = [];
for (const input of question.split(" ")) {
  await client.responses.create({ model, input }).catch((err) => errors.push(failure(err)));
}
show({ errors });
