import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";
import { show } from "../scenario.mjs";
import { ask, client } from "./_client.mjs";

const format = zodOutputFormat(z.object({ city: z.string(), people: z.int() }));
show({ value: (await client.messages.parse({ ...ask, output_config: { format } })).parsed_output });
