import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { model, show } from "../scenario.mjs";
import { client, messages } from "./_client.mjs";

const answer = await client.chat.completions.parse({
  model, messages, response_format: zodResponseFormat(z.object({ city: z.string(), people: z.int() }), "town"),
});
show({ value: answer.choices[0].message.parsed });
