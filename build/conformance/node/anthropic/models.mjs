import { show } from "../scenario.mjs";
import { client } from "./_client.mjs";

const models = [];
for await (const model of client.models.list()) models.push(model.id);
show({ models });
