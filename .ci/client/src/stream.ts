// A reader of server-sent events with the types of the document.
import type { components, paths } from "../generated/api.js";
import { conforms } from "./document.js";

export type AnyEvent = components["schemas"]["AnyEvent"];
export type Message = paths["/v1/meetings/{meeting}/events"]["get"]["responses"][200]["content"]["text/event-stream"];

/** Follows a stream until the reader breaks off. */
export async function* follow(url: string, key: string, lastID?: string): AsyncGenerator<Message> {
  const headers: Record<string, string> = { Authorization: `Bearer ${key}` };
  if (lastID !== undefined) headers["Last-Event-ID"] = lastID;
  const cut = new AbortController();
  const answer = await fetch(url, { headers, signal: cut.signal });
  if (!answer.ok || !answer.body) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  let rest = "";
  const text = new TextDecoder();
  try {
    for await (const piece of answer.body) {
      rest += text.decode(piece as Uint8Array, { stream: true });
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const message = parse(block);
        if (message) yield message;
      }
    }
  } finally {
    cut.abort();
  }
}

function parse(block: string): Message | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 2));
  }
  const [id, event, data] = [fields.get("id"), fields.get("event"), fields.get("data")];
  if (id === undefined || event === undefined || data === undefined) return undefined;
  const value: unknown = JSON.parse(data);
  conforms(event === "snapshot" || event === "reset" ? "Snapshot" : "AnyEvent", value);
  return { id, event, data: value } as Message;
}
