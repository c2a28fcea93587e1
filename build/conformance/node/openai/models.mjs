import { show } from "../scenario.mjs";
import { client } from "./_client.mjs";

const raw = [];
for await (const model of client.models.list()) raw.push(model);
show({ models: raw.map((model) => model.id), raw });
