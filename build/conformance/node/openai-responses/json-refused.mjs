import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { model, show } from "../scenario.mjs";
import { client, failure, input } from "./_client.mjs";

const format = zodTextFormat(z.object({ city: z.string(), people: z.int() }), "town");
const errors = [];
await client.responses.parse({ model, input, text: { format } }).catch((err) => errors.push(failure(err)));
show({ errors });
