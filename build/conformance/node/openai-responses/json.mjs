import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { model, show } from "../scenario.mjs";
import { client, input } from "./_client.mjs";

const format = zodTextFormat(z.object({ city: z.string(), people: z.int() }), "town");
show({ value: (await client.responses.parse({ model, input, text: { format } })).output_parsed });
