import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { model, show } from "../scenario.mjs";
import { client, failure, messages } from "./_client.mjs";

const response_format = zodResponseFormat(z.object({ city: z.string(), people: z.int() }), "town");
const errors = [];
await client.chat.completions.parse({ model, messages, response_format }).catch((err) => errors.push(failure(err)));
show({ errors });
