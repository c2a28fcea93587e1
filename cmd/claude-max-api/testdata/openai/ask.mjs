// Drives the proxy with OpenAI's own client, as a user's program does:
//
//	node ask.mjs models|chat|stream|image|error|abort
//
// OPENAI_CLIENT is the folder that the package was installed in, BASE_URL the
// proxy's address. Prints one line of JSON for each thing that came back.
import { createRequire } from "node:module";
import { join } from "node:path";

const OpenAI = createRequire(join(process.env.OPENAI_CLIENT, "package.json"))("openai");
const client = new OpenAI({ baseURL: process.env.BASE_URL, apiKey: "not-needed", maxRetries: 0 });
const model = "claude-opus-4";
const say = (value) => console.log(JSON.stringify(value));
const user = (content) => [{ role: "user", content }];

// A picture of one red dot.
const dot = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

const commands = {
  async models() {
    for await (const m of client.models.list()) say(m);
  },
  async chat() {
    say(await client.chat.completions.create({ model, messages: user("offline:echo(pong)") }));
  },
  async stream() {
    const stream = await client.chat.completions.create({
      model, messages: user("offline:long(30)"), stream: true, stream_options: { include_usage: true },
    });
    for await (const chunk of stream) say(chunk);
  },
  async image() {
    say(await client.chat.completions.create({
      model, messages: user([{ type: "text", text: "What is this?" }, { type: "image_url", image_url: { url: dot } }]),
    }));
  },
  async error() {
    for (const how of ["rate_limited", "usage_limit", "unauthorized", "too_long"]) {
      try {
        await client.chat.completions.create({ model, messages: user("offline:" + how) });
      } catch (err) {
        say({ class: err.constructor.name, status: err.status, code: err.code, type: err.type, message: err.message });
      }
    }
    // One that comes in the middle of a stream is thrown as well.
    try {
      const stream = await client.chat.completions.create({ model, messages: user("offline:cut"), stream: true });
      for await (const _ of stream);
      say("no error");
    } catch (err) {
      say({ class: err.constructor.name, code: err.code, message: err.message });
    }
  },
  async abort() {
    const stream = await client.chat.completions.create({ model, messages: user("offline:slow(1000)"), stream: true });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) break; // leaving the loop aborts
    }
    say("aborted");
    await new Promise((resolve) => process.stdin.once("end", resolve).resume()); // the program lives on
  },
};

await commands[process.argv[2]]();
