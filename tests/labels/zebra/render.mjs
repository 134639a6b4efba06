// Renders ZPL with an independent reader: a JSON object a line in, a PNG in base64 a line out.
import { createInterface } from "node:readline";
import { ready } from "zpl-renderer-js";

const { api } = await ready;
for await (const line of createInterface({ input: process.stdin })) {
  const { zpl, width, height, dots } = JSON.parse(line);
  console.log(await api.zplToBase64Async(zpl, width, height, dots));
}
process.exit(0);
