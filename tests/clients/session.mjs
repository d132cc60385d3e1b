// What the clients of subscriptions have in common: their arguments, what they print, and where they go on.
//
//   node <client>.mjs <url> <query> <variables-json> <count>
//
// Each prints one line of JSON per thing that it sees: {"connected":true} for every connection, and the results as they
// arrive. It ends after <count> results, or when the server completes if <count> is "all". SUBSCRIBE_DEADLINE_MS is
// another deadline than 30 seconds, EXTENSIONS the JSON of the operation's extensions, TOKEN a token to show. With RETRIES=<number> it connects
// again that often when the connection breaks off, and goes on behind the cursor of the last result that had one.

import WebSocket from 'ws';

/** The session that the arguments tell. */
export function session(name) {
  const [url, query, variables = '{}', count = '1'] = process.argv.slice(2);
  const fail = (reason) => {
    console.error(`${name}: ${reason}`);
    process.exit(1);
  };
  if (!query) fail(`usage: node ${name}.mjs <url> <query> <variables-json> <count>`);
  const deadlineMs = Number(process.env.SUBSCRIBE_DEADLINE_MS ?? 30_000);
  let received = 0;
  setTimeout(() => fail(`${received} of ${count} results after ${deadlineMs} ms`), deadlineMs).unref();
  const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  const operation = {
    query,
    variables: JSON.parse(variables),
    extensions: JSON.parse(process.env.EXTENSIONS ?? 'null') ?? undefined,
  };
  const token = process.env.TOKEN;
  return {
    url,
    operation,
    fail,
    /** Whoever shows a token does it in the header of a request, and in the payload of a socket's beginning. */
    credentials: token ? { Authorization: `Bearer ${token}` } : {},
    retries: Number(process.env.RETRIES ?? 0),
    connected: () => print({ connected: true }),
    /** Prints a result, and tells whether it was the last that is wanted. */
    take(result) {
      print(result);
      received += 1;
      const [told] = Object.values(result.data ?? {});
      if (told?.cursor) operation.variables.after = told.cursor;
      return count !== 'all' && received >= Number(count);
    },
    /** What the server's completion means. */
    completed() {
      if (count === 'all') print({ completed: true });
      else if (received < Number(count)) fail(`the server completed after ${received} of ${count} results`);
    },
  };
}

/** Takes what a client's iterator gives until there is enough of it, and ends the client. */
export async function drive(client, { operation, fail, take, completed }) {
  let isDone = false;
  try {
    for await (const result of client.iterate(operation)) {
      isDone = take(result);
      if (isDone) break;
    }
  } catch (error) {
    fail(reason(error));
  }
  await client.dispose();
  if (!isDone) completed();
}

/** Says in one line what came instead of a result. */
export function reason(error) {
  const errors = Array.isArray(error) ? error : (error?.errors ?? [error]);
  const words = ({ message, code, reason: why }) => message || `closed with ${code} ${why}`;
  return errors.map(words).join('; ');
}

/** A short rest before the next try. */
export const rest = () => new Promise((resolve) => setTimeout(resolve, 50));

/** What graphql-ws is told by those that only have it carry their subscriptions. */
export const socketOf = ({ url, retries, connected, credentials }) => ({
  url: url.replace(/^http/, 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: credentials,
  retryAttempts: retries,
  retryWait: rest,
  shouldRetry: () => true,
  on: { connected },
});
