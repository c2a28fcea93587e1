// The loop of OpenAI's guide: whatever came is sent back, with the results.
import { model, ran, show } from "../scenario.mjs";
import { client, input, results, tools } from "./_client.mjs";

const history = [...input];
for (;;) {
  const answer = await client.responses.create({ model, input: history, tools });
  const brought = results(answer);
  if (!brought.length) {
    show({ text: answer.output_text, ran });
    break;
  }
  history.push(...answer.output, ...brought);
}
