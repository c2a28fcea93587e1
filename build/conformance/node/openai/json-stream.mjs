import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { model, show } from "../scenario.mjs";
import { client, messages } from "./_client.mjs";

const stream = client.chat.completions.stream({
  model, messages, response_format: zodResponseFormat(z.object({ city: z.string(), people: z.int() }), "town"),
});
show({ value: (await stream.finalChatCompletion()).choices[0].message.parsed });
