// Only the results are sent: the server remembers the rest.
import { model, ran, show } from "../scenario.mjs";
import { client, input, results, tools } from "./_client.mjs";

let next = { input }, pieces = 0;
for (;;) {
  const stream = client.responses.stream({ model, tools, ...next });
  stream.on("response.output_text.delta", () => pieces++);
  const answer = await stream.finalResponse();
  const brought = results(answer);
  if (!brought.length) {
    show({ text: answer.output_text, ran, pieces });
    break;
  }
  next = { input: brought, previous_response_id: answer.id };
}
