import { show } from "../scenario.mjs";
import { messages, model } from "./_client.mjs";

const abort = new AbortController();
try {
  for await (const chunk of await model.stream(messages, { signal: abort.signal })) if (chunk.text) abort.abort();
} catch (err) {
  if (!abort.signal.aborted) throw err;
}
show({});
