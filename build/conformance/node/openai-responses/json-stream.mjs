import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { model, show } from "../scenario.mjs";
import { client, input } from "./_client.mjs";

const format = zodTextFormat(z.object({ city: z.string(), people: z.int() }), "town");
const stream = client.responses.stream({ model, input, text: { format } });
show({ value: (await stream.finalResponse()).output_parsed });
